"""The referral that a recipient reads, assembled from opened referral files.

May import `reports.bundle`, `reports.record` and below. Begin with `assemble.py`; the form is `model.py`.
"""
