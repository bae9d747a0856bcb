Feature: Pilots
  A few machines that represent the fleet get the new client or agent first. The baseline has noted how they were.

  @QUAL-01 @each:pilot
  Scenario: A pilot has the release that is expected
    When the pilot is asked for its client or agent
    Then each package is at the expected release
    And each package is fully configured
    And no package is missing that was there before

  @QUAL-02 @each:pilot
  Scenario: The client or agent of a pilot runs, and will start with the machine
    When the pilot is asked for its client or agent
    Then each service is active and will start with the server

  @QUAL-03 @each:pilot_with_configuration
  Scenario: The configuration of a pilot has survived
    When the pilot is asked for its client or agent
    Then its configuration files are the same as before

  @QUAL-04 @each:pilot
  Scenario: Nothing new in the log of a pilot is an error
    When the pilot is asked for its client or agent
    Then its log holds no error that it did not hold before

  @QUAL-05 @each:pilot
  Scenario: What ran beside the client or agent of a pilot still runs
    When the pilot is asked for its client or agent
    Then every service that ran before still runs
