"""One entry of a hash list, and what the list says of itself.

An entry is what its issuer gave: digests and perceptual hashes of one known picture, a category in the issuer's own
scheme, and further fields that are passed on as they came. At least one hash is present, or a PhotoDNA value among the
further fields; nothing else is needed.
"""

from dataclasses import dataclass
from hashlib import sha256

from matcher.verdict import ListKind

HASH_BYTES = {
    "md5": 16,
    "sha1": 20,
    "sha256": 32,
    "pdq": 32,
    "phash": 32,
    "infohash": 20,
    "infohash2": 32,
    "ed2k": 16,
}
"""The hash fields of an entry, with their lengths in bytes. The last three name files of peer-to-peer networks
(BitTorrent's info-hash, v1: SHA-1, v2: SHA-256; the ed2k hash): what pages name is compared with them, no picture."""

MAX_THRESHOLD_BITS = 63
"""Two unrelated pictures lie about 128 bits apart; the index is exact up to this distance."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One known picture or file. `pdq` and `phash` are 256 bits, most significant bit first; None where not given."""

    entry_id: str
    md5: bytes | None = None
    sha1: bytes | None = None
    sha256: bytes | None = None
    pdq: bytes | None = None
    phash: bytes | None = None
    infohash: bytes | None = None
    infohash2: bytes | None = None
    ed2k: bytes | None = None
    category: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The issuer's statement that an entry with this id is no longer known material (a tombstone).

    `when` is the time of the statement, in RFC 3339 or as a number; empty if the issuer gives none.
    """

    entry_id: str
    when: str = ""


@dataclass(frozen=True, slots=True)
class ListHeader:
    """What a list is: who issued it, in which version, and how near a PDQ hash must come to match.

    `sha256` is hex, over the file as it was imported. `harmless` marks a negative bank: pictures known to be no abuse
    material that yet look like entries of other lists. Raises ValueError for a threshold outside 0 to 63 bits.
    """

    name: str
    issuer: str
    version: str
    category_scheme: str
    sha256: str
    pdq_threshold_bits: int = 31
    harmless: bool = False
    checkpoint: str = ""
    """The place in the issuer's feed from which to ask next, in the feed's own words. Empty without a feed."""
    kind: ListKind = ListKind.NOT_DECLARED

    def __post_init__(self) -> None:
        if not 0 <= self.pdq_threshold_bits <= MAX_THRESHOLD_BITS:
            msg = f"a PDQ threshold of {self.pdq_threshold_bits} bits; it lies between 0 and {MAX_THRESHOLD_BITS}"
            raise ValueError(msg)


def derived_id(hashes: dict[str, bytes | None]) -> str:
    """An id for an entry whose issuer gave none: the same for the same hashes, and telling nothing of them."""
    known = b"".join(name.encode() + value for name, value in sorted(hashes.items()) if value is not None)
    return f"derived-{sha256(known).hexdigest()[:20]}"
