"""One page as a whole: both parsers, archives, notes, and the bounds of a page.

Imports `scanner.page.markup` and `scanner.page.peer_to_peer`. Begin with `read_page.py`.
"""
