Feature: Flows to the Debian repositories
  The upgrade installs from repositories, so every server must reach them from where it stands, with its own settings;
  so must the clients and agents whose package comes from a repository.

  @PREP-01 @each:apt_machine
  Scenario: Every repository of the machine answers
    When the machine reads its repositories into a folder of their own
    Then every repository that its sources name answers

  @PREP-02 @each:apt_machine
  Scenario: Every repository is signed by a key that the machine trusts, and not expired
    When the machine reads its repositories into a folder of their own
    Then every Release file is signed by a trusted key
    And no Release file is expired

  @PREP-03 @each:apt_machine
  Scenario: A simulated upgrade finds every package that it wants
    When the machine reads its repositories into a folder of their own
    Then a simulated upgrade finds every package that it wants
    And it brings the platform's packages to the new release
    And the repositories really serve every file that it would fetch
