"""The kinds of subject that a feature's tag may name, a module a family."""
