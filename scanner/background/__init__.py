"""Work done on a background thread."""
