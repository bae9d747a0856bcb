Feature: RDP applications
  Users open remote desktops from their workstation with the client.

  @RDPAPP-01 @each:rdp_application
  Scenario: The client opens an RDP application
    When the user opens the RDP application with the client
    Then a desktop is shown
    And what is typed inside arrives outside
    And it shows on the desktop
    And the desktop is the user's own, on the right server
