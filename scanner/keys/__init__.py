"""The scanner's own keys: loaded, and rotated.

May import `reports.crypto`, `reports.ledger` and `config`. Begin with `keyring.py`.
"""
