"""The platform under test, as its target file describes it.

Everything that the vendor does not document (ports, page structure, package names) is an input here, never a
constant of the suite (product page).
"""
