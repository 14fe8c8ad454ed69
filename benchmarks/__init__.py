"""Measurements: each prints a table, or JSON with `--json`, and compares with a peer in the same run."""
