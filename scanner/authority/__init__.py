"""Authority lists and permits: what may be visited, by whose mandate.

May import `reports.crypto`, `reports.ledger` and the rooms below. Begin with `permit.py`, then `verify.py`.
"""
