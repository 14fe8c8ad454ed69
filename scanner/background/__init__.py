"""Work on background threads, and stamps of folders that may have changed.

Imports nothing of the scanner. Begin with `task.py`.
"""
