Feature: User portal
  Users sign in to the portal with login and password, and find their applications there.

  @PORTAL-01 @each:portal
  Scenario: A user signs in with login and password
    When the user signs in to the portal
    Then the portal shows who is signed in

  @PORTAL-02 @each:portal
  Scenario: A user finds the same applications as before
    When the user signs in to the portal
    Then the portal offers at least one application
    And the applications are the same as before

  @PORTAL-03 @each:refused_sign_in
  Scenario: A wrong password is refused
    When someone tries a wrong password once
    Then the sign-in is refused

  @PORTAL-04 @each:portal
  Scenario: Signing out ends the session
    When the user signs in once more and signs out
    Then the old session no longer opens the portal

  @PORTAL-05 @each:portal
  Scenario: The portal's certificate is trusted and lasts
    When the portal's certificate is read
    Then the certificate is trusted and valid for 30 more days
    And nothing older than TLS 1.2 is accepted

  @PORTAL-06 @each:portal
  Scenario: The session cookie is kept from scripts and from plain HTTP
    When the user signs in to the portal
    Then the session cookie is Secure and HttpOnly

  @PORTAL-07 @each:portal
  Scenario: The portal is not much slower than before
    When the portal's first page is asked for several times
    Then it answers about as fast as before

  @PORTAL-08 @each:portal
  Scenario: The portal greets its users as before
    When the portal's first page is asked for
    Then the page is in the same language as before
    And the status, the title and the security headers are the same as before
