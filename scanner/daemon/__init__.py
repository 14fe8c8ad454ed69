"""The daemon and what it says of itself."""
