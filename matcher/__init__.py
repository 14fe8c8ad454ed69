"""The image: decoding, readings, hashes, hash lists, the index and verdicts. Pure, except for the worker's pipe.

May import `config`. Begin with `verdict.py` and `fingerprint.py`, the values and ports that other packages see.
"""
