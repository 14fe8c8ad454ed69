"""Onion addresses and URLs, in one reading.

Imports nothing of the scanner. Begin with `url.py` and `onion_address.py`.
"""
