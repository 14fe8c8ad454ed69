"""Hash lists: their formats, their entries, and how they are stored.

May import `matcher.verdict`, `matcher.fingerprint` and `config`. Begin with `entry.py`, then `importing.py`.
"""
