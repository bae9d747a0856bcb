Feature: Impact of the upgrade
  While servers are upgraded, users lose no more than the vendor says, no longer than the vendor says, and get all of it back.

  @IMPACT-01 @each:upgraded_component
  Scenario: A component's upgrade keeps inside its window
    When the record of the watch is read
    Then each step of the component took no longer than its window
    And no service was interrupted for longer than the window because of it

  @IMPACT-02 @each:upgrade
  Scenario: The whole upgrade keeps inside its window
    When the record of the watch is read
    Then the upgrade took no longer than its window, from the first step to the last service back

  @IMPACT-03 @each:clientless_service
  Scenario: Applications in the browser are not interrupted by the client's upgrade
    When the record of the watch is read
    Then the service was not interrupted by an upgrade of clients

  @IMPACT-04 @each:watched_service
  Scenario: What is not upgraded at the moment is not interrupted
    When the record of the watch is read
    Then each interruption of the service belongs to an upgrade step that explains it

  @IMPACT-05 @each:cluster
  Scenario: The cluster keeps answering on its floating address
    When the record of the watch is read
    Then the portal was not interrupted for longer than a failover may take

  @IMPACT-06 @each:upgrade
  Scenario: The order of the upgrade was the vendor's
    When the record of the watch is read
    Then clients and agents came before controllers, these before Edge Gateways, and HTML5 Gateways last
    And no master came before its slave

  @IMPACT-07 @each:cluster
  Scenario: The controllers do not run two releases for long
    When the record of the watch is read
    Then the controllers ran different releases no longer than the target allows

  @IMPACT-08 @each:watched_service
  Scenario: Every service comes back and stays
    When the record of the watch is read
    Then the service answers at the end of the watch
    And it was not interrupted again after the last step

  @IMPACT-09 @each:held_session
  Scenario: A session that the upgrade ended can be opened again
    When the record of the watch is read
    Then the session lives at the end of the watch, the first one or a new one

  @IMPACT-10 @each:continuous_service
  Scenario: One of several Edge Gateways always leads to the service
    When the record of the watch is read
    Then the service was never away by all of its ways at once
