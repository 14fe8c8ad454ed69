"""Referrals: which recipient receives what, and how it goes out.

May import reports and config. Begin with `recipients.py`, then `dispatch.py`.
"""
