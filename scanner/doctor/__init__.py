"""Checks of this installation: small functions, each returning a Fault with its fix.

They change nothing. Each receives what it checks as an argument, so that a test can pass it a bad one. May import tor,
authority, hash lists and keys. Begin with `examine.py`.
"""
