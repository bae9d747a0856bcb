Feature: Direct access
  Users reach servers straight through an Edge Gateway, without portal or client.

  @SSH-01 @each:ssh_direct_access
  Scenario: A user runs a command on the server by SSH
    When the user runs a command by SSH through the Edge Gateway
    Then the command returns what it should
    And the server's host key is the same as before

  @SSH-02 @each:surviving_file
  Scenario: A file of the user survives the upgrade
    When the user transfers the file that must survive
    Then the file is the same as before

  @SSH-03 @each:ssh_direct_access
  Scenario: A session in which nothing is typed stays open
    When the user leaves an SSH session alone for a while
    Then the session still answers

  @RDP-01 @each:rdp_direct_access
  Scenario: A desktop is shown by RDP and answers the keyboard
    When the user opens the desktop by RDP through the Edge Gateway
    Then a desktop is shown
    And what is typed inside arrives outside
    And it shows on the desktop
    And the desktop is the user's own, on the right server
