Feature: Flows to the Debian repositories
  The upgrade installs from repositories, so every server must reach them from where it stands, with its own settings.

  @PREP-01 @each:debian_server
  Scenario: Every repository of the server answers
    When the server reads its repositories into a folder of their own
    Then every repository that its sources name answers

  @PREP-02 @each:debian_server
  Scenario: Every repository is signed by a key that the server trusts, and not expired
    When the server reads its repositories into a folder of their own
    Then every Release file is signed by a trusted key
    And no Release file is expired

  @PREP-03 @each:debian_server
  Scenario: A simulated upgrade finds every package that it wants
    When the server reads its repositories into a folder of their own
    Then a simulated upgrade finds every package that it wants
    And it brings the platform's packages to the new release
    And the repositories really serve every file that it would fetch
