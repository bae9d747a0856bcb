Feature: HTML5 applications
  Users open remote desktops in a browser tab; the HTML5 Gateway draws them.

  @HTML5-01 @each:html5_application
  Scenario: A user works in an HTML5 application
    When the user opens the HTML5 application from the portal
    Then a desktop is shown
    And what is typed inside arrives outside
    And it shows on the desktop
    And the desktop is the user's own, on the right server
    And the session ends when the user disconnects
