Feature: Cluster
  The Mediation Controllers of a cluster stand in for one another: what users get does not depend on which one answers.

  @CLUSTER-01 @each:cluster
  Scenario: The controllers share what they have to, and one of them holds the floating address
    When every Mediation Controller is asked for what the cluster shares
    Then exactly one of them holds the floating address
    And the files that the cluster shares are the same on all of them

  @CLUSTER-02 @each:portal_on_controller
  Scenario: A user signs in to the portal on each controller
    When the user signs in to the portal on this controller
    Then the portal shows who is signed in
    And the applications are the same as before

  @CLUSTER-03 @each:portal_on_controller
  Scenario: Each controller presents a trusted certificate of the portal
    When the portal's certificate is read on this controller
    Then the certificate is trusted and valid for 30 more days
    And nothing older than TLS 1.2 is accepted

  @CLUSTER-04 @each:cluster_with_portal
  Scenario: The controllers present the same certificate of the portal
    When the portal's certificate is read on every controller
    Then it is the same on all of them
