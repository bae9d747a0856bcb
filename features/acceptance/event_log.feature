Feature: Event log
  What users and administrators do on the platform is reported to where the organization collects its events.

  @LOG-01 @manual @each:event_log
  Scenario: The platform's events arrive where they are collected
    When someone signs in to the portal, opens an application and signs out
    Then the collector shows the sign-in, the launch and the sign-out, each with the right user
    And each of them at the time at which it happened

  @LOG-02 @each:logged_portal
  Scenario: The platform writes its events
    When a user has signed in to the portal, and the controllers' journals are read
    Then one of them tells of the sign-in
