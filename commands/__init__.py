"""What the command line does: a phase, the demo, the watch, the document."""
