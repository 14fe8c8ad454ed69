"""The confined workers: the only processes that decode bytes from a site.

May import `matcher.picture`, `matcher.fingerprint` and `matcher.limits`. Begin with `hasher.py` (the port), then
`pool.py` (leases), `process.py` (one worker), and `main.py` for the worker's own side.
"""
