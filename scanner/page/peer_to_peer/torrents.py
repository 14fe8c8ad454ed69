"""The info-hashes of torrent files. Read in the confined worker.

A `.torrent` of a site is a page, fetched as any page in the scope. As in clients, the bytes of its `info` are hashed:
SHA-1 (version 1) and SHA-256 (version 2). Names, trackers and pieces are ignored. Linear in time, without recursion,
and within a bound; reaching it is reported.

Sources: BEP 3 (bencoding, version 1), BEP 52 (version 2; a hybrid has both).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Final

from matcher.identifiers import Identifier, IdentifierKind

TOKENS_MOST: Final = 1_000_000
"""Integers, strings, and beginnings and ends of lists and dictionaries. Half a second suffices for them."""
_TOKEN: Final = re.compile(rb"[dle]|i-?[0-9]{1,20}e|([0-9]{1,10}):")
_BEGINS: Final = re.compile(rb"d[0-9]{1,10}:")
_VERSION_2: Final = b"i2e"


@dataclass(frozen=True, slots=True)
class Torrent:
    """The info-hashes of a torrent; empty for other files. `cut` is True if it has more tokens than the limit."""

    identifiers: tuple[Identifier, ...] = ()
    cut: bool = False


def read_torrent(untrusted: bytes) -> Torrent:
    """Return the info-hashes of a body, if it is a torrent file. Never raises for any bytes."""
    if not _BEGINS.match(untrusted):
        return Torrent()
    tokens = iter(range(TOKENS_MOST))
    infos = [value for key, value in _entries(untrusted, tokens) if key == b"info"]
    found = dict.fromkeys(identifier for info in infos for identifier in _named(info, tokens))
    return Torrent(tuple(found), cut=next(tokens, None) is None)


def _named(untrusted_info: bytes, tokens: Iterator[int]) -> Iterator[Identifier]:
    """Yield the info-hashes of one `info`: version 1 if it has pieces, version 2 if it declares it."""
    entries = {key: value for key, value in _entries(untrusted_info, tokens) if key in {b"pieces", b"meta version"}}
    if b"pieces" in entries:
        yield Identifier(IdentifierKind.INFO_HASH, sha1(untrusted_info, usedforsecurity=False).digest())
    if entries.get(b"meta version") == _VERSION_2:
        yield Identifier(IdentifierKind.INFO_HASH_2, sha256(untrusted_info).digest())


def _entries(untrusted: bytes, tokens: Iterator[int]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys of a dictionary with their encoded values, as far as it is valid."""
    at = 1
    while untrusted[:1] == b"d" and (key := _TOKEN.match(untrusted, at)) and key[1]:
        begin = _end(untrusted, at, tokens)
        end = None if begin is None else _end(untrusted, begin, tokens)
        if begin is None or end is None:
            return
        yield untrusted[key.end() : begin], untrusted[begin:end]
        at = end


def _end(untrusted: bytes, at: int, tokens: Iterator[int]) -> int | None:
    """Return the end of the value at `at`; None if it is invalid, truncated, or beyond the limit."""
    depth = 0
    for _ in tokens:
        token = _TOKEN.match(untrusted, at)
        if token is None:
            return None
        at = token.end() + int(token[1] or 0)
        depth += {b"d": 1, b"l": 1, b"e": -1}.get(token[0], 0)
        if depth <= 0 or at > len(untrusted):
            return at if depth == 0 and at <= len(untrusted) else None
    return None
