Feature: SAMLv2 identity federation
  Users of the organization's identity provider sign in to the portal without a password of the platform.

  @SAML-01 @each:federation
  Scenario: A user signs in through the identity provider
    When the user signs in through the identity provider
    Then the portal shows who is signed in
    And the portal offers at least one application
    And the applications are the same as before

  @SAML-02 @each:federation
  Scenario: The identity provider's response is valid for a witness
    When a witness examines the response that the browser posted
    Then the witness finds it valid: signatures, audience, destination and conditions
    And the response names the user
    And the attributes are the same as before

  @SAML-03 @each:federation
  Scenario: The service provider's metadata has not changed
    When the service provider's metadata is read
    Then the entityID is the same as before
    And the assertion consumers are the same as before
    And the sign-out services are the same as before
    And the signing and encryption certificates are the same as before

  @SAML-04 @each:federation
  Scenario: Signing out of the portal signs out of the identity provider
    When the user signs in through the identity provider once more and signs out
    Then the old session no longer opens the portal
    And the identity provider asks for the password again

  @SAML-05 @each:tried_federation
  Scenario: A response that nobody has signed is refused
    When the response that the browser posted is posted without its signatures
    Then nobody is signed in by it

  @SAML-06 @each:tried_federation
  Scenario: A response is taken only once
    When the response that the browser posted is posted once more
    Then nobody is signed in by it

  @SAML-07 @each:federation_on_controller
  Scenario: Each controller alone takes what the identity provider says
    When the user signs in through the identity provider on this controller
    Then the portal shows who is signed in
    And the portal offers at least one application
    And the applications are the same as before
