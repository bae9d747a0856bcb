Feature: The client on its pilots
  The client opens RDP applications through the whole platform, on each pilot.

  @QUAL-06 @each:client_pilot
  Scenario: The client of a pilot opens an RDP application
    When the user opens the RDP application with the client
    Then a desktop is shown
    And what is typed inside arrives outside
