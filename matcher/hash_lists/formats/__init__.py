"""Formats of hash lists: each turns an untrusted file into items, one at a time and in bounded memory.

May import `config`, `matcher.verdict` and `matcher.hash_lists`. Begin with `registry.py`, then `fields.py`.
"""
