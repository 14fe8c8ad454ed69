"""The scanner's hash lists: at rest, in force, and applied to what was seen before.

May import `matcher`, `reports` and `scanner.background`. Begin with `store.py`, then `active_lists.py`.
"""
