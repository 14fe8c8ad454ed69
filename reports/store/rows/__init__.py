"""The tables' rows, one module for each kind: what may be written, and how it is read back.

May import the store's engine, schema and values, and `reports.log`. Begin with `records.py` or `sites.py`.
"""
