"""The ledger: the one durable thing that a scanner writes during a visit.

- Everything that belongs to one step is one transaction: log leaves, signed tree head, sealed record, tokens, schedule.
  Killed between any two instructions, the step has happened whole or not at all.
- An intent is durable before its fetch starts; a record is sealed before it is durable.
- Records are sealed one for each page and one for each visit, findings or not: neither rows nor log nor sizes tell
  which site had findings. The scanner cannot read them back.
- A claim is exclusive for its address and fenced: what comes late from a claim that was given up is refused whole.
- What the scanner must remember of pictures it keeps as keyed tokens, of every picture, matched or not.

Errors: `StaleClaim` when a claim no longer holds; a `StoreFault` (locked, full, damaged, failing) from any method:
nothing of the step has happened, and it may be tried again. `ValueError` is a mistake of the caller.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from config.clock import Clock
from config.faults import Refused
from reports.signing import ScannerKey
from reports.store.values import (
    Claim,
    Conclusion,
    Delivery,
    Intent,
    Novelty,
    Purpose,
    SightingKey,
    Site,
    SiteKey,
    StoredRecord,
)

__all__ = [
    "Claim",
    "Conclusion",
    "Delivery",
    "Intent",
    "Ledger",
    "LedgerKeys",
    "Novelty",
    "Purpose",
    "SightingKey",
    "Site",
    "SiteKey",
    "StoredRecord",
]


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    """What a ledger writes with. `token_key` is 32 secret bytes; `recipients` are age recipients, at least one."""

    signing: ScannerKey
    token_key: bytes = field(repr=False)
    recipients: tuple[str, ...]


class Ledger:
    """See the module. Safe to call from several threads; several processes may share one store."""

    @staticmethod
    def open(place: Path | str, keys: LedgerKeys, clock: Clock) -> "Ledger | Refused":
        """Open the store (a file's path, or a database URL), making it when there is none.

        Refused when it is damaged, of another version, or was written with another signing key.
        """
        raise NotImplementedError(place, keys, clock)

    def close(self) -> None:
        """Close the store's connections."""
        raise NotImplementedError

    # The schedule

    def set_sites(self, wanted: Mapping[SiteKey, datetime]) -> None:
        """Make the schedule hold exactly these sites; the value is when a new one is first due.

        Sites that are gone from the lists are retired: never due, their history kept for their return.
        """
        raise NotImplementedError(wanted)

    def due(self, now: datetime, limit: int) -> tuple[Site, ...]:
        """Sites that are due and not held, longest due first."""
        raise NotImplementedError(now, limit)

    def next_due(self) -> datetime | None:
        """When the next site that is not held falls due, or None."""
        raise NotImplementedError

    def sites(self) -> Iterator[Site]:
        """Every site of the schedule, by list and address."""
        raise NotImplementedError

    def make_due(self, keys: Iterable[SiteKey], now: datetime) -> None:
        """Let these sites be due at `now`, unless they are due earlier."""
        raise NotImplementedError(keys, now)

    # A visit

    def claim(self, key: SiteKey, run_id: str, visit_id: str) -> Claim | None:
        """Take the exclusive right to visit an address; None when it is held, retired or unknown."""
        raise NotImplementedError(key, run_id, visit_id)

    def release(self, claim: Claim) -> None:
        """Give a visit up unfinished: the site stays due, and this explains intents that have no conclusion."""
        raise NotImplementedError(claim)

    def release_abandoned(self, run_id: str) -> int:
        """Release what runs other than `run_id` hold; only under the state lock, at start. Returns how many."""
        raise NotImplementedError(run_id)

    def intend(self, claim: Claim, intents: Sequence[Intent]) -> tuple[int, ...]:
        """Log fetches that are about to be made. Durable when it returns the leaf index of each."""
        raise NotImplementedError(claim, intents)

    def opening(self, intent_leaf: int) -> bytes:
        """The 32 bytes that open an intent's commitment: HMAC-SHA-256(opening, URL) is the log's `url_token`.

        Put it into the sealed record beside the URL, and the recipient can prove which URL the leaf speaks of.
        """
        raise NotImplementedError(intent_leaf)

    def conclude(
        self,
        claim: Claim,
        conclusions: Sequence[Conclusion],
        record: bytes | None,
        sightings: Sequence[SightingKey] = (),
    ) -> str:
        """Log how fetches ended; seal, store and log `record`; remember the sightings. One transaction.

        Returns the record's id, or an empty string when there was none. Each intent is concluded exactly once.
        """
        raise NotImplementedError(claim, conclusions, record, sightings)

    def novelty(self, sightings: Sequence[SightingKey]) -> tuple[Novelty, ...]:
        """What is known of each sighting, in order; ask before `conclude` remembers them."""
        raise NotImplementedError(sightings)

    def end_visit(self, claim: Claim, outcome: str, next_due: datetime, *, failed: bool, record: bytes | None) -> str:
        """End a visit: seal its record, set when the site is due again, let go of the address. One transaction.

        Every intent must have its conclusion. Returns the record's id, or an empty string.
        """
        raise NotImplementedError(claim, outcome, next_due, failed, record)

    # The log

    def note(self, kind: str, details: Mapping[str, str | int]) -> int:
        """Log something that is no fetch: an import, a referral, a key, a policy (`reports.log.Kind`)."""
        raise NotImplementedError(kind, details)

    def checkpoint(self) -> str:
        """The signed tree head of the whole log, as a C2SP checkpoint."""
        raise NotImplementedError

    def leaf(self, leaf_index: int) -> bytes:
        """One entry's bytes. Raises IndexError beyond the end."""
        raise NotImplementedError(leaf_index)

    def inclusion_proof(self, leaf_index: int, tree_size: int) -> tuple[bytes, ...]:
        """RFC 9162 2.1.3.1: that a leaf is in the tree of this size. Raises IndexError beyond the end."""
        raise NotImplementedError(leaf_index, tree_size)

    def consistency_proof(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """RFC 9162 2.1.4.1: that the log only grew between two sizes. Raises IndexError beyond the end."""
        raise NotImplementedError(old_size, new_size)

    # Records on their way out

    def undelivered(self, recipient: str) -> Iterator[StoredRecord]:
        """Records sealed to this recipient that went out in no referral to it, oldest first. Constant memory."""
        raise NotImplementedError(recipient)

    def mark_delivered(self, recipient: str, record_ids: Iterable[str], referral_id: str) -> None:
        """Give these records to one referral, once and for all, before its file is written. Logged, one transaction.

        Raises ValueError when one of them has gone to this recipient already. Killed before the file was whole,
        `deliveries` shows it without `file_sha256`, and `delivered` gives its records to write the same referral again.
        """
        raise NotImplementedError(recipient, record_ids, referral_id)

    def delivered(self, referral_id: str) -> Iterator[StoredRecord]:
        """The records of one referral, oldest first. Constant memory."""
        raise NotImplementedError(referral_id)

    def confirm_delivery(self, referral_id: str, file_sha256: str) -> None:
        """Log that a referral's file is whole on the disk."""
        raise NotImplementedError(referral_id, file_sha256)

    def deliveries(self) -> Iterator[Delivery]:
        """Every referral, oldest first."""
        raise NotImplementedError
