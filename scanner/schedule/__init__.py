"""When a site is due again, and which site goes first. Pure.

May import `reports.ledger`. Begin with `policy.py`.
"""
