"""Dispatch: each recipient's new records become a referral file in the outbox.

- Records are assigned to a referral first (`Ledger.mark_delivered`), then its file is written, then that is confirmed.
  After a kill in between, the next dispatch finishes the same referral: same id, same name, same records.
- One file holds at most `RECORDS_MAX` records and about `FILE_BYTES_MAX` of them, so memory stays bounded.
- Nothing here can tell what a record holds.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from config.clock import rfc3339
from config.faults import Fault, Refused
from config.settings import Recipient
from reports import files
from reports.bundle.bundle import (
    FORMAT,
    SUFFIX,
    Addressee,
    BundledRecord,
    FetchEntries,
    Manifest,
    key_fingerprint,
    packed,
    payload_of,
    referral_id,
)
from reports.crypto.seal import seal
from reports.ledger.ledger import Delivery, Included, Ledger, StoredRecord
from reports.log.checkpoint import open_checkpoint
from reports.store.errors import StoreDamaged

RECORDS_MAX: Final = 1_000
FILE_BYTES_MAX: Final = 16 * 2**20 - 65_536
"""To the next power of two the seal fills it up."""
LINE_BYTES: Final = 2_048
"""A record's overhead: its line in the manifest, proof included, in a log of 2**20 entries."""
ENTRY_BYTES: Final = 64
"""What each entry of a fetch takes, packed."""
NAME_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class WrittenReferral:
    """One referral file that was written. `recipient` is its name in the configuration."""

    referral_id: str
    recipient: str
    sequence: int
    records: int
    path: Path


def dispatch(ledger: Ledger, recipients: Sequence[Recipient], outbox: Path) -> tuple[WrittenReferral, ...]:
    """Make every referral that is due, and finish interrupted ones.

    Raise OSError if the disk does not take a file: its records go out with the next dispatch.
    """
    return tuple(made for recipient in recipients for made in _dispatch_to(ledger, recipient, outbox))


def make_again(ledger: Ledger, recipient: Recipient, folder: Path, referral: str) -> WrittenReferral | Refused:
    """Write the file of an earlier referral once more: the same records under the same id."""
    ids = [delivery.referral_id for delivery in _deliveries(ledger, recipient)]
    if referral not in ids:
        fix = "`sightline reports list` names those that were made."
        return Refused((Fault(referral, f"no such referral was made for {recipient.name}", fix),))
    if (date := ledger.destroyed_by(referral)) is not None:
        cause = f"some of its records had to be destroyed by {rfc3339(date)}"
        return Refused((Fault(referral, cause, "Ask the recipient for its copy, if it may still have one."),))
    return _write(ledger, recipient, ids.index(referral) + 1, folder)


def last_referral(ledger: Ledger, recipient: Recipient) -> datetime | None:
    """Return when the last referral to this recipient was made."""
    return max((delivery.made for delivery in _deliveries(ledger, recipient)), default=None)


def _dispatch_to(ledger: Ledger, recipient: Recipient, outbox: Path) -> Iterator[WrittenReferral]:
    for sequence, delivery in enumerate(_deliveries(ledger, recipient), start=1):
        if not delivery.file_sha256 and ledger.destroyed_by(delivery.referral_id) is None:
            yield _write(ledger, recipient, sequence, outbox)
    while batch := _batch(ledger.undelivered(recipient.first_key)):
        ledger.mark_delivered(recipient.first_key, batch, referral_id(recipient.first_key, batch))
        yield _write(ledger, recipient, len(_deliveries(ledger, recipient)), outbox)


def _deliveries(ledger: Ledger, recipient: Recipient) -> list[Delivery]:
    return [delivery for delivery in ledger.deliveries() if delivery.recipient == recipient.first_key]


def _batch(records: Iterable[StoredRecord]) -> list[str]:
    """Return the ids of the oldest records that fit into one file."""
    batch: list[str] = []
    room = FILE_BYTES_MAX
    for record in records:
        room -= len(record.sealed) + LINE_BYTES + ENTRY_BYTES * len(record.entries)
        if batch and (room < 0 or len(batch) == RECORDS_MAX):
            break
        batch.append(record.record_id)
    return batch


def _write(ledger: Ledger, recipient: Recipient, sequence: int, outbox: Path) -> WrittenReferral:
    """Write the file of a referral that the ledger knows, and confirm it."""
    deliveries = _deliveries(ledger, recipient)[:sequence]
    delivery, earlier = deliveries[-1], deliveries[-2].referral_id if sequence > 1 else ""
    records = list(ledger.delivered(delivery.referral_id))
    manifest, entries = _manifest(ledger, recipient, delivery, records, (sequence, earlier))
    endorsed = ledger.endorse_referral(payload_of(manifest, (record.sealed for record in records), entries))
    content = seal(endorsed, [recipient.public_key])
    path = outbox / f"{_slug(recipient.name)}-{sequence:05d}-{delivery.referral_id}{SUFFIX}"
    files.write(path, content)
    ledger.confirm_delivery(delivery.referral_id, sha256(content).hexdigest())
    return WrittenReferral(delivery.referral_id, recipient.name, sequence, len(records), path)


def _manifest(
    ledger: Ledger, recipient: Recipient, delivery: Delivery, records: Sequence[StoredRecord], chain: tuple[int, str]
) -> tuple[Manifest, list[bytes]]:
    """Return the manifest, and each record's entries."""
    checkpoint = ledger.checkpoint()
    signed = open_checkpoint(checkpoint, (ledger.public_key,))
    if isinstance(signed, Refused):
        raise StoreDamaged(signed.faults[0])
    found = ledger.included(((record.leaf_index, record.entries) for record in records), signed.size)
    bundled = [_bundled(*pair) for pair in zip(records, found, strict=True)]
    manifest = Manifest(
        format=FORMAT,
        referral_id=delivery.referral_id,
        sequence=chain[0],
        earlier=chain[1],
        created=delivery.made,
        recipient=_addressee(recipient),
        checkpoint=checkpoint,
        succession=ledger.succession(),
        answer_key=ledger.answer_key(delivery.referral_id),
        stamp=ledger.stamp(signed.size),
        records=tuple(line for line, _ in bundled),
    )
    return manifest, [entries for _, entries in bundled]


def _addressee(recipient: Recipient) -> Addressee:
    return Addressee(
        name=recipient.name,
        organisation=recipient.organisation,
        contact=recipient.contact,
        jurisdiction=recipient.jurisdiction,
        case_number=recipient.case_number,
        key_fingerprint=key_fingerprint(recipient.public_key),
        first_key=recipient.first_key,
    )


def _bundled(record: StoredRecord, found: Included) -> tuple[BundledRecord, bytes]:
    """Return a record's line in the manifest, and its fetches' entries, packed."""
    entries = packed(FetchEntries(tuple(leaf.decode() for leaf in found.beside), found.nodes))
    line = BundledRecord(
        record_id=record.record_id,
        sealed_bytes=len(record.sealed),
        leaf_index=record.leaf_index,
        leaf=found.leaf.decode(),
        proof=found.proof,
        entries_bytes=len(entries),
    )
    return line, entries


def _slug(name: str) -> str:
    """Return a recipient's name as part of a file's name."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:NAME_MAX] or "recipient"
