"""Referral files (`.sightline`): how they are assembled and taken apart.

    age envelope to one recipient ( signature of the scanner ( manifest, newline, sealed records one after the other,
                                                               each with the log's entries of its page's fetches ) )

- The maker cannot read the records; it adds to each its log entry and the proof that the entry stands in the log under
  a signed checkpoint (docs/adr/0003).
- The manifest names every record by the SHA-256 of its sealed bytes, in order: nothing can be added, dropped or moved
  under the signature.
- A referral's id follows from its recipient and its records: the same referral, made again, is the same referral.

Taking apart checks form alone; `reports.bundle.verify` checks the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import accumulate, chain, pairwise
from typing import Final, Literal
from uuid import UUID, uuid5
from zlib import compress, decompressobj
from zlib import error as zlib_error

from pydantic import TypeAdapter

from config.faults import Fault, Refused
from reports.canonical import READING, canonical, read
from reports.log.timestamps import Stamp

FORMAT: Final = "sightline-bundle-1"
SUFFIX: Final = ".sightline"
IDS: Final = UUID("4e5070e9-1cfe-41bd-a410-b00f8bbe6edc")
"""The name space of referral ids (RFC 9562, version 5). Made for this, never changed."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a referral is for. `key_fingerprint` is of the age recipient that it was sealed to.

    `first_key` is the age recipient that it is remembered by: the same one, unless its key has changed.
    """

    name: str
    organisation: str
    contact: str
    jurisdiction: str
    case_number: str
    key_fingerprint: str
    first_key: str


@dataclass(frozen=True, slots=True)
class FetchEntries:
    """The log's entries of a page's and its pictures' fetches: each intent and outcome.

    In the log's order. `proof` proves them together with the record's own entry (`reports.log.batch_proof`).
    """

    leaves: tuple[str, ...]
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class BundledRecord:
    """One sealed record: its id (SHA-256 of the sealed bytes, hex), its length, its log entry and inclusion proof.

    `entries_bytes` is the length of its fetches' entries, packed, which follow on it; 0 for none.
    """

    record_id: str
    sealed_bytes: int
    leaf_index: int
    leaf: str
    proof: tuple[bytes, ...]
    entries_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a referral holds. `sequence` counts the referrals to this recipient from 1; `earlier` is the one before.

    `answer_key` is for answers to it (`reports.answers`). `succession` leads from the scanner's earlier keys, which
    signed older records, to the one of this file. `stamp` is the newest timestamp of the log that there was.
    """

    format: Literal["sightline-bundle-1"]
    referral_id: str
    sequence: int
    earlier: str
    created: datetime
    recipient: Addressee
    checkpoint: str
    succession: tuple[bytes, ...]
    answer_key: bytes = field(repr=False)
    stamp: Stamp | None
    records: tuple[BundledRecord, ...]


@dataclass(frozen=True, slots=True)
class BundleParts:
    """A payload taken apart: the manifest, and in its order the sealed records and the entries that follow on each."""

    manifest: Manifest
    sealed: tuple[bytes, ...] = field(repr=False)
    entries: tuple[bytes, ...] = field(repr=False)


MANIFEST_READER: Final = TypeAdapter(tuple[Manifest], config=READING)
ENTRIES_READER: Final = TypeAdapter(tuple[FetchEntries], config=READING)
ENTRIES_BYTES_MAX: Final = 16 * 2**20
"""Of one record, unpacked."""
NO_ENTRIES: Final = FetchEntries((), ())


def referral_id(recipient: str, record_ids: Iterable[str]) -> str:
    """Return the id of the referral of these records to this age recipient."""
    return str(uuid5(IDS, "\n".join((recipient, *record_ids))))


def key_fingerprint(recipient: str) -> str:
    """Names an age recipient: the first 32 hex digits of the SHA-256 of its text."""
    return sha256(recipient.encode()).hexdigest()[:32]


def packed(entries: FetchEntries) -> bytes:
    """Canonical JSON, deflated: entries of one page are alike but for their commitments."""
    return compress(canonical(entries), 9) if entries.leaves else b""


def unpacked(untrusted_entries: bytes) -> FetchEntries | Refused:
    """Restore entries that `packed` wrote."""
    if not untrusted_entries:
        return NO_ENTRIES
    inflating = decompressobj()
    try:
        text = inflating.decompress(untrusted_entries, ENTRIES_BYTES_MAX)
    except zlib_error:
        return _refused("the entries of a record's fetches are damaged")
    if not inflating.eof or inflating.unused_data:
        return _refused("the entries of a record's fetches are too long, or were cut")
    return read(ENTRIES_READER, text, "entries")


def payload_of(manifest: Manifest, sealed: Iterable[bytes], entries: Iterable[bytes]) -> bytes:
    """Return the bytes that the scanner signs and seals: the manifest's records, in order, each with its entries."""
    return b"".join((canonical(manifest), b"\n", *chain.from_iterable(zip(sealed, entries, strict=True))))


def take_apart(untrusted_payload: bytes) -> BundleParts | Refused:
    """Manifest and records of a payload whose signature was checked already."""
    text, _, body = untrusted_payload.partition(b"\n")
    manifest = read(MANIFEST_READER, text, "manifest")
    if isinstance(manifest, Refused):
        return manifest
    lengths = [length for record in manifest.records for length in (record.sealed_bytes, record.entries_bytes)]
    if sum(lengths) != len(body) or any(length < 0 for length in lengths):
        return _refused("the records are longer or shorter than the manifest says")
    ends = accumulate(lengths, initial=0)
    pieces = tuple(body[start:end] for start, end in pairwise(ends))
    return BundleParts(manifest, pieces[::2], pieces[1::2])


def _refused(cause: str) -> Refused:
    return Refused((Fault("manifest", cause, "Ask the sender for the file again."),))
