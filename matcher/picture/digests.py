"""Cryptographic digests of a picture's bytes.

Made by the parent process, not by the worker, so that a picture that cannot be decoded, or that kills its worker, can
still match exactly.
"""

import hashlib

from matcher.fingerprint import Digests


def digest(untrusted_picture: bytes) -> Digests:
    """MD5, SHA-1 and SHA-256 of the bytes as they were received. The two broken ones serve to find list entries."""
    return Digests(
        md5=hashlib.md5(untrusted_picture, usedforsecurity=False).digest(),
        sha1=hashlib.sha1(untrusted_picture, usedforsecurity=False).digest(),
        sha256=hashlib.sha256(untrusted_picture).digest(),
    )
