Feature: The recording agent on its pilots
  The agent records the sessions on its server, and sends each recording to an Edge Gateway over TLS.

  @QUAL-07 @each:qualifying_ssh_session
  Scenario: The agent of a pilot records a direct session
    When the user works in an SSH session that is recorded
    Then a recording of the session is on an Edge Gateway
    And the recording is whole

  @QUAL-08 @each:qualifying_rdp_session
  Scenario: The agent of a pilot records an RDP session
    When the user works in a desktop that is recorded
    Then a recording of the session is on an Edge Gateway
    And the recording is whole

  @QUAL-09 @each:qualifying_html5_session
  Scenario: The agent of a pilot records an HTML5 session
    When the user works in a desktop that is recorded
    Then a recording of the session is on an Edge Gateway
    And the recording is whole

  @QUAL-10 @each:agent_pilot_to_gateway
  Scenario: The agent of a pilot can send recordings to an Edge Gateway
    When the pilot connects to where the Edge Gateway takes recordings
    Then the port is open from there
    And the gateway's certificate has not expired
    And the pilot trusts the gateway's certificate
