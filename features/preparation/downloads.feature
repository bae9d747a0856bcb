Feature: Downloads
  Sources and tools are downloaded before the upgrade: the vendor's mirror and key, installers of client and agent.

  @PREP-04 @each:download
  Scenario: A download is there and complete
    When the downloaded file is looked at where it lies
    Then it is there and not empty
    And its size and its SHA-256 are what they should be

  @PREP-05 @each:signed_download
  Scenario: A download is signed by whom it should be
    When the signature of the downloaded file is checked
    Then it was made by the key that the target names
