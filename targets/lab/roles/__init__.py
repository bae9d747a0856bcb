"""The roles of the lab's machines, a module each."""
