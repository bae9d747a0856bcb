Feature: Backups
  Every server and every database is backed up, external ones included, so that the way back is open.

  Every backup is read to its end: that shows whether it is whole, and of what it is. Only a restore shows that it can be
  used; that is tried where the target allows it (restore: true), on dumps that pg_restore reads.

  @PREP-06 @each:debian_server
  Scenario: The server is backed up
    When the backups of the server are looked for
    Then the target file names a backup of the server, and there is one

  @PREP-07 @each:backup
  Scenario: The newest backup is recent and of a likely size
    When the newest backup is read to its end
    Then it is recent
    And it is not much smaller than the one before it

  @PREP-08 @each:backup
  Scenario: The newest backup is whole and of the right thing
    When the newest backup is read to its end
    Then it is readable to its end
    And it holds what it should

  @PREP-09 @each:restorable_backup
  Scenario: The newest backup restores
    When the newest backup is restored into a scratch database that is dropped again
    Then it restores
    And every database beside it has a backup
