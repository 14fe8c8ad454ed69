"""Fingerprints judged against the hash lists in force.

May import the rest of `matcher`, except `worker`. Begin with `judge.py`; `examiner.py` joins it with the hasher.
"""
