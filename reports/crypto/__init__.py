"""Seals and signatures: age, Ed25519, minisign.

May import `reports.files` and `config`. Begin with `seal.py` and `signing.py`.
"""
