Feature: Versions of the servers
  Every server shows the release that is expected now: the old one before the upgrade, the new one after it.

  @VERSION-01 @each:server
  Scenario: Every package of the platform is at the expected release
    When the server is asked for its packages and services
    Then each package is at the expected release

  @VERSION-02 @each:server
  Scenario: Every package of the platform is fully configured
    When the server is asked for its packages and services
    Then each package is fully configured
    And each package is of the server's own architecture
    And no package is missing that was there before

  @VERSION-03 @each:server
  Scenario: Every service of the server is active
    When the server is asked for its packages and services
    Then each service is active and will start with the server
    And no service is started again and again
    And each service of the platform runs what is installed

  @VERSION-04 @each:cluster
  Scenario: All Mediation Controllers are alike
    When every Mediation Controller is asked for its packages and services
    Then they have the same packages at the same versions
