Feature: Releases that are shown to people
  Some components say their release to people only: someone looks, and notes it.

  @VERSION-05 @manual @each:shown_release
  Scenario: The release that people see is the expected one
    When someone looks where the machine shows its release
    Then it is the old release before the upgrade, and the new release after it
