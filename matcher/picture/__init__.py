"""One picture: decoded, reduced and hashed in each of its readings.

May import `matcher.fingerprint`, `matcher.limits` and `matcher.hash_lists.photodna`. Begin with `readings.py`.
"""
