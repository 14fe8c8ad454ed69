"""Identifiers of peer-to-peer networks in texts and torrent files.

Imports `scanner.page.markup` for tags, and the values of `scanner.page`. Begin with `identifiers.py`.
"""
