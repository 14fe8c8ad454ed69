"""The hash lists of this scanner."""
