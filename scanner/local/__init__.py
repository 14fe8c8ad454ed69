"""Local files for `check` and `fingerprint`: walked, read, examined and reported in order.

Imports the matcher, and the hash lists and keys of the scanner. Begin with `examine.py`.
"""
