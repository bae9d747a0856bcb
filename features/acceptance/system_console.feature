Feature: System console
  Administrators reach the system console of each Mediation Controller on its own address.

  @CONSOLE-01 @each:console
  Scenario: The system console answers on the controller's own address
    When the system console is opened
    Then it shows its sign-in page

  @CONSOLE-02 @each:console
  Scenario: The controller's own certificate is trusted and lasts
    When the system console's certificate is read
    Then the certificate is trusted and valid for 30 more days
    And nothing older than TLS 1.2 is accepted

  @CONSOLE-03 @each:delivered_console
  Scenario: The password that the console was delivered with does not work
    When someone tries the password that the console was delivered with
    Then the sign-in is refused
