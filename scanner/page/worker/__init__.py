"""The confined processes in which pages are read, and the codec on their pipes.

Imports `scanner.page.reading` (in the worker only) and `matcher.worker`. Begin with `reader.py`.
"""
