Feature: Configuration of the site
  What a site has set on its machines survives the upgrade: no default of a package takes its place.

  @CONFIG-01 @each:configured_machine
  Scenario: The site's files are as they were
    When the machine is asked for the site's files
    Then each file is the same as before
    And its owner and permissions are the same as before

  @CONFIG-02 @each:linux_machine
  Scenario: The platform's machines still find one another by name
    When the machine is asked where the platform's names lead
    Then each name leads to the same addresses as before
