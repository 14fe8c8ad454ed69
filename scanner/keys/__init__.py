"""The scanner's own keys."""
