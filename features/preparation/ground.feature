Feature: Room and ground
  What the servers stand on carries the upgrade.

  @PREP-10 @each:debian_server
  Scenario: The server runs the expected Debian release
    When the server is asked what it stands on
    Then it runs the expected Debian release

  @PREP-11 @each:debian_server
  Scenario: The server has room for the upgrade
    When the server is asked what it stands on
    Then the file systems have the free space that the upgrade needs

  @PREP-12 @each:debian_server
  Scenario: The server has the memory that the vendor asks for
    When the server is asked what it stands on
    Then it has the memory that the vendor asks for

  @PREP-13 @each:debian_server
  Scenario: No package is half installed
    When the server is asked what it stands on
    Then no package is half installed

  @PREP-14 @each:debian_server
  Scenario: No package is held back
    When the server is asked what it stands on
    Then no package is held

  @PREP-15 @each:server_among_others
  Scenario: The server agrees with the others on the time
    When the server's clock and those of the others are read
    Then it does not stand out where clocks are further apart than allowed

  @PREP-16 @each:cluster
  Scenario: The cluster is synchronised
    When every Mediation Controller is asked for what the cluster shares
    Then the files that the cluster shares are the same on all of them
    And exactly one of them holds the floating address
