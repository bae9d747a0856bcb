Feature: Recording
  Sessions on servers with the recording agent leave a recording on an Edge Gateway.

  @REC-01 @each:recorded_ssh_direct_access
  Scenario: An SSH session leaves a recording
    When the user works in an SSH session that is recorded
    Then a recording of the session is on an Edge Gateway

  @REC-02 @each:recorded_desktop
  Scenario: A desktop session leaves a recording
    When the user works in a desktop that is recorded
    Then a recording of the session is on an Edge Gateway
