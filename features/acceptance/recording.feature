Feature: Recording
  Sessions on servers with the recording agent leave a recording on an Edge Gateway.

  @REC-01 @each:recorded_ssh_direct_access
  Scenario: An SSH session leaves a recording
    When the user works in an SSH session that is recorded
    Then a recording of the session is on an Edge Gateway
    And the recording is whole
    And the Edge Gateway that took it before the upgrade still takes recordings

  @REC-02 @each:recorded_desktop
  Scenario: A desktop session leaves a recording
    When the user works in a desktop that is recorded
    Then a recording of the session is on an Edge Gateway
    And the recording is whole
    And the Edge Gateway that took it before the upgrade still takes recordings

  @REC-03 @each:recording_gateway
  Scenario: An Edge Gateway has room for recordings
    When the recordings on the Edge Gateway are looked at
    Then there is the free space that further recordings need

  @REC-04 @each:recording_gateway
  Scenario: The recordings from before the upgrade are still there
    When the recordings on the Edge Gateway are looked at
    Then none of the recordings that were there before is gone
