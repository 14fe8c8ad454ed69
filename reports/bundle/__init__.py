"""Referral files: how they are assembled, taken apart and verified.

May import `reports.record`, `reports.log` and below. Begin with `bundle.py`, then `verify.py`.
"""
