"""The daemon, its heartbeat, its events and metrics.

May import everything below `scanner.cli`. Begin with `daemon.py` (the tick), then `visit_pool.py` (which sites, how
many at once) and `once.py`.
"""
