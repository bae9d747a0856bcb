"""The platform under test: its model, the ways to reach it, and the embedded lab."""
