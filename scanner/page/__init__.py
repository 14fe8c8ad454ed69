"""Reading of pages: links, pictures in every way of embedding, identifiers and notes, in a confined worker.

Imports `scanner.urls` and the packages below the scanner. Rooms: `worker`, `reading`, `peer_to_peer`, `markup`; the
modules here are the values that all of them share. Begin with `reading/read_page.py`.
"""
