Feature: Web applications
  Users open web applications from the portal; the Edge Gateways carry them.

  @WEB-01 @each:web_application
  Scenario: A user opens a web application from the portal
    When the user opens the web application from the portal
    Then the page shows what is expected

  @WEB-02 @each:web_through
  Scenario: A web application answers through an Edge Gateway as before
    When the web application is asked for through the Edge Gateway
    Then the page shows what is expected
    And the status, the title and the security headers are the same as before

  @WEB-03 @each:web_through
  Scenario: A web application is not much slower than before
    When the web application is asked for several times through the Edge Gateway
    Then it answers about as fast as before

  @WEB-04 @each:web_through
  Scenario: The Edge Gateway's certificate is trusted and lasts
    When the certificate at the web application's address is read
    Then the certificate is trusted and valid for 30 more days
    And nothing older than TLS 1.2 is accepted
