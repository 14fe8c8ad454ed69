"""The ledger: the one durable thing that a scanner writes during a visit.

- Each step is one transaction: log leaves, signed tree head, sealed record, tokens, schedule. Killed between any two
  instructions, the step has happened whole or not at all.
- An intent is durable before its fetch starts; a record is sealed before it is durable.
- Each recipient has one sealed record of each page and of each visit, findings or not: neither rows nor log nor sizes
  tell which site had findings. The scanner cannot read them back.
- A claim is exclusive for its address and fenced: a late write of a claim that was given up is refused whole.
- What the scanner must remember of pictures is kept as keyed tokens, of every picture, matched or not.

Errors: `StaleClaim` if a claim no longer holds; a `StoreFault` (locked, full, damaged, failing) from any method: the
step has not happened, and may be retried. `ValueError` is a mistake of the caller.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from time import sleep
from types import MappingProxyType
from typing import Final

from config.clock import Clock
from config.faults import Refused
from reports import files
from reports.crypto.signing import ScannerKey
from reports.ledger.operator import OperatorControls
from reports.ledger.outbox import Outbox
from reports.ledger.page_memory import Kept, Recalled
from reports.ledger.retention import RetentionKeys
from reports.ledger.transaction import LedgerKeys
from reports.ledger.visits import Visits
from reports.log import merkle
from reports.log.entry import OWN_KINDS, Details, Kind
from reports.log.key_succession import succeed
from reports.store import identity
from reports.store.chunks import chunks
from reports.store.engine import open_store
from reports.store.errors import StaleClaim, StoreFault
from reports.store.rows import leaves, sites
from reports.store.rows import noisy_entries as hits
from reports.store.rows import page_memory as memory
from reports.store.rows.control import ControlState, Mode, Published
from reports.store.rows.leaves import Included, LogWriter
from reports.store.values import (
    Addressed,
    Claim,
    Conclusion,
    Delivery,
    Destroyed,
    FetchPurpose,
    Footing,
    Intent,
    Memory,
    Novelty,
    PageEnd,
    PastVisit,
    QueueLane,
    Remembered,
    ScheduledSite,
    SightingKey,
    SiteKey,
    StoredRecord,
    Terms,
    Urgency,
    VisitCounts,
)

SITES_AT_ONCE: Final = 200
TURN_SECONDS: Final = 0.001
"""A pause between writes: a waiting process never gets a lock that is taken again at once."""
MARK: Final = ".begun"
"""The suffix of a file next to the store, present since its log was begun."""
RETENTION: Final = "retention"
"""The folder next to the store with the keys of records that must be destroyed by a date."""

__all__ = [
    "Addressed",
    "Claim",
    "Conclusion",
    "ControlState",
    "Delivery",
    "Destroyed",
    "FetchPurpose",
    "Footing",
    "Included",
    "Intent",
    "Kept",
    "Ledger",
    "LedgerKeys",
    "Memory",
    "Mode",
    "Novelty",
    "PageEnd",
    "PastVisit",
    "Published",
    "QueueLane",
    "Recalled",
    "Remembered",
    "ScheduledSite",
    "SightingKey",
    "SiteKey",
    "StaleClaim",
    "StoreFault",
    "StoredRecord",
    "Terms",
    "Urgency",
    "VisitCounts",
]

NO_TERMS: Final[Mapping[SiteKey, Terms]] = MappingProxyType({})


class Ledger(Outbox, OperatorControls, Visits):
    """See the module. Safe to call from several threads; several processes may share one store."""

    @staticmethod
    def open(place: Path | str, keys: LedgerKeys, clock: Clock) -> "Ledger | Refused":
        """Open the store in this file, making it when there is none.

        Refused when it is damaged, of another version, or was written with other keys.
        """
        faults = keys.faults()
        store = Refused(faults) if faults else open_store(Path(place))
        if isinstance(store, Refused):
            return store
        mark = Path(place).with_name(f"{Path(place).name}{MARK}")
        try:
            with store.write() as transaction:
                lost = identity.lost(transaction, store.name) if mark.exists() else None
                fault = lost or identity.establish(transaction, store.name, (keys.signing, keys.token_key), clock())
        except StoreFault as error:
            fault = error.fault
        if fault is None:
            if not mark.exists():
                files.write(mark, b"Beside a store that was begun: an empty one in its place is noticed.\n")
            return Ledger(store, keys, RetentionKeys(Path(place).parent / RETENTION), clock)
        store.close()
        return Refused((fault,))

    def close(self) -> None:
        """Close the store's connections."""
        self._store.close()

    # The schedule

    def set_sites(self, wanted: Mapping[SiteKey, datetime], terms: Mapping[SiteKey, Terms] = NO_TERMS) -> None:
        """Make the schedule hold exactly these sites; the value is when a new one is first due.

        Sites that left the lists are retired: never due, with their history kept for their return. A site that stays is
        due no later than its terms allow, and at once if its urgency was raised. Very many sites are set in parts, so
        that visits continue meanwhile; after an interruption the next call sets the rest.
        """
        now, key = self._clock(), self._keys.token_key
        with self._store.read() as view:
            differing = sites.differing(view, wanted, terms, now)
        for some in chunks(differing, SITES_AT_ONCE):
            with self._store.write() as transaction:
                sites.set_some(transaction, some, wanted, terms, now)
            sleep(TURN_SECONDS)
        with self._store.read() as view:
            ended = memory.of_others(view, key, wanted)
        if ended:
            with self._store.write() as transaction:
                memory.end_sites(transaction, ended)

    def due(self, now: datetime, limit: int) -> tuple[ScheduledSite, ...]:
        """Sites that are due, not held, not paused: at most `limit` of each lane, lane by lane, longest due first."""
        with self._store.read() as transaction:
            return sites.due(transaction, now, limit)

    def next_due(self) -> datetime | None:
        """Return when the next site that is neither held nor paused falls due, or None."""
        with self._store.read() as transaction:
            return sites.next_due(transaction)

    def sites(self) -> Iterator[ScheduledSite]:
        """Yield every site of the schedule, by list and address."""
        with self._store.read() as transaction:
            return iter(sites.every_site(transaction))

    def put_off(self, keys: Iterable[SiteKey], until: datetime) -> None:
        """Let these sites be due no sooner than then."""
        with self._store.write() as transaction:
            sites.put_off(transaction, keys, until)

    def make_due(self, keys: Iterable[SiteKey], now: datetime) -> None:
        """Let these sites be due at `now`, unless they are due earlier."""
        with self._store.write() as transaction:
            sites.make_due(transaction, keys, now)

    # What hit on how many sites

    def hits(self) -> bytes:
        """Return the stored tokens of `matcher.matching.noisy_entries`."""
        with self._store.read() as transaction:
            return hits.kept(transaction)

    def keep_hits(self, tokens: Callable[[], bytes]) -> None:
        """Store these tokens in place of the earlier ones, once no other writer is active."""
        with self._store.write() as transaction:
            hits.keep(transaction, tokens())

    # The log

    def note(self, kind: str, details: Details) -> int:
        """Log an event that is no fetch: an import, a key, a policy. Return the leaf index."""
        if Kind(kind) in OWN_KINDS:
            msg = f"`{kind}` is written by the ledger's own steps only"
            raise ValueError(msg)
        with self._step() as step:
            return step.log.append(Kind(kind), details)

    def hand_over(self, key: ScannerKey) -> None:
        """Let another key sign from now on: the old key says so, the log records it, and the new key signs the head.

        One transaction; earlier signatures stay.
        """
        old, statement = self._keys.signing, succeed(self._keys.signing, key.public)
        with self._store.write() as transaction:
            log = LogWriter(transaction, key, self._clock(), before=old.public)
            log.append(Kind.KEY_MADE, {"key_id": key.public.key_id, "public_key": key.public.raw.hex()})
            keys = {"old_key": old.public.raw.hex(), "new_key": key.public.raw.hex()}
            leaf = log.append(Kind.KEY_RETIRED, {**keys, "statement": b64encode(statement).decode()})
            leaves.keep_statement(transaction, leaf, statement)
            log.finish()
        self._keys = replace(self._keys, signing=key)

    def checkpoint(self) -> str:
        """Return the signed tree head of the whole log, as a C2SP checkpoint."""
        with self._store.read() as transaction:
            return leaves.must_have_head(transaction).signed()

    def leaf(self, leaf_index: int) -> bytes:
        """Return one entry's bytes. Raise IndexError beyond the end."""
        with self._store.read() as transaction:
            return leaves.read_leaf(transaction, leaf_index)

    def inclusion_proof(self, leaf_index: int, tree_size: int) -> tuple[bytes, ...]:
        """RFC 9162 2.1.3.1: that a leaf is in the tree of this size. Raises IndexError beyond the end."""
        with self._store.read() as transaction:
            return leaves.prove(transaction, tree_size, partial(merkle.inclusion_proof, leaf_index, tree_size))

    def included(self, wanted: Iterable[tuple[int, Sequence[int]]], tree_size: int) -> list[Included]:
        """Yield for each leaf its entry with its inclusion proof, and the other entries with their batch proof.

        Raise IndexError beyond the end.
        """
        with self._store.read() as transaction:
            return list(leaves.included(transaction, wanted, tree_size))

    def consistency_proof(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """RFC 9162 2.1.4.1: that the log only grew between two sizes. Raises IndexError beyond the end."""
        with self._store.read() as transaction:
            return leaves.prove(transaction, new_size, partial(merkle.consistency_proof, old_size, new_size))
