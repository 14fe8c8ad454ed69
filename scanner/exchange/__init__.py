"""One exchange with one onion service, within its permit, deadline and byte budget.

May import `scanner.authority`, `scanner.urls` and `reports.sighting`. Begin with `port.py`, then `onion_fetcher.py`.
"""
