"""Pictures in archives, documents and mail: opened in memory, within bounds, in a confined worker only.

Imports `matcher.picture` to recognise formats, and `matcher.fingerprint`. Begin with `open.py`.
"""
