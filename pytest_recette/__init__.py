"""Pytest's side of Recette: feature files as test files, exchanges run ahead, every result kept as it happens."""
