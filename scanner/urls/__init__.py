"""Onion addresses and URLs, read in one way."""
