"""The commands, one module each.

May import everything below and `scanner.cli`. Begin with `scan.py`, `status.py` or the command you look for.
"""
