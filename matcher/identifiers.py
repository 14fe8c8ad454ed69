"""Identifiers of files in peer-to-peer networks, as pages show them: compared with the lists and never looked up.

- Sightline joins no network and fetches nothing by an identifier: it only compares for equality.
- An identifier is compared with the columns of the same meaning: an info-hash with info-hashes, a SHA-1 with SHA-1. A
  CID of raw bytes holds the SHA-256 of the file, if the file is one block (256 KiB to 1 MiB in most programs). A CID of
  a tree of blocks holds no digest of the file and is compared with nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class IdentifierKind(StrEnum):
    """Closed list of the kinds of identifiers."""

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
"""The list columns that an identifier of each kind is compared with."""
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
    """One identifier: its kind, and its value in bytes, however the page wrote it."""

    kind: IdentifierKind
    value: bytes
