"""What a page names a file by in a peer-to-peer network: a value that is compared with the lists, and never looked up.

- No network is joined, nothing is fetched: an identifier is text that a page shows, and equality is all that is asked.
- An identifier is compared with those columns of the lists that mean the same: an info-hash with info-hashes, a SHA-1
  with SHA-1. A CID of raw bytes holds the SHA-256 of the file itself, as long as the file is one block (256 KiB to
  1 MiB as most programs cut them); that of a tree of blocks holds no digest of the file, and is compared with nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class IdentifierKind(StrEnum):
    """What kind of identifier it is. A closed list."""

    INFO_HASH = "BitTorrent info-hash, v1"
    INFO_HASH_2 = "BitTorrent info-hash, v2"
    ED2K = "ed2k hash"
    SHA1 = "SHA-1, as Gnutella names files"
    CID_RAW = "IPFS CID of a file's own bytes"
    CID_TREE = "IPFS CID of a tree of blocks"
    BARE = "40 hex digits"
    """A bare hash in the text: an info-hash or a SHA-1."""


COLUMNS: Final[Mapping[IdentifierKind, tuple[str, ...]]] = MappingProxyType(
    {
        IdentifierKind.INFO_HASH: ("infohash",),
        IdentifierKind.INFO_HASH_2: ("infohash2",),
        IdentifierKind.ED2K: ("ed2k",),
        IdentifierKind.SHA1: ("sha1",),
        IdentifierKind.CID_RAW: ("sha256",),
        IdentifierKind.CID_TREE: (),
        IdentifierKind.BARE: ("infohash", "sha1"),
    }
)
"""The columns of the lists that an identifier of each kind is compared with."""
VALUE_BYTES: Final[Mapping[IdentifierKind, int]] = MappingProxyType(
    {
        IdentifierKind.INFO_HASH: 20,
        IdentifierKind.INFO_HASH_2: 32,
        IdentifierKind.ED2K: 16,
        IdentifierKind.SHA1: 20,
        IdentifierKind.CID_RAW: 32,
        IdentifierKind.CID_TREE: 32,
        IdentifierKind.BARE: 20,
    }
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier: its kind, and its value in bytes, whichever way the page wrote it."""

    kind: IdentifierKind
    value: bytes
