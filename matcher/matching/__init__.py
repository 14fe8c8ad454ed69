"""Fingerprints against the lists in force."""
