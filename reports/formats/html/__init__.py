"""A referral as one HTML page for reading.

May import `reports.referral` and below. Begin with `page.py`; all escaping is in `markup.py`.
"""
