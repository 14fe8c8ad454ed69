"""The store: the one package that speaks to the database.

May import `reports.log`, `reports.crypto` and `reports.files`. Begin with `schema.py` (the tables), then `engine.py`.
"""
