"""The tamper-evident log (RFC 9162): entries, Merkle tree, checkpoints, audit, timestamps.

May import `reports.crypto`, `reports.canonical` and `reports.files`. Begin with `entry.py`, then `merkle.py` and
`audit.py`.
"""
