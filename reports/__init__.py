"""What was found: log, seals, store, records, referrals, verification. The only code that writes to disk.

May import `matcher` and `config`. Begin with `ledger/ledger.py` (what a visit writes) and `bundle/verify.py` (what a
recipient checks).
"""
