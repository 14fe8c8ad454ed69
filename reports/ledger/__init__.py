"""The ledger: the one durable thing that a scanner writes during a visit.

May import `reports.store`, `reports.log`, `reports.crypto` and below. Begin with `ledger.py`, then `visits.py`.
"""
