"""What the acceptance-criteria document's sentences do, a module a chapter."""
