"""The operator's settings, and the few values that every other package shares.

Imports nothing of Sightline. Begin with `settings.py`; `faults.py` is how every refusal is reported.
"""
