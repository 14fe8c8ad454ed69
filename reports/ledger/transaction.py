"""Transactions of the ledger: each happens whole or not at all, and ends in a new signed tree head.

A record is signed, padded and sealed before its transaction begins: plain text never meets the database, and sealing
holds up nobody.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from config.clock import Clock, rfc3339
from config.faults import Fault
from reports.crypto.seal import is_recipient, seal
from reports.crypto.signing import RECORD, ScannerKey
from reports.ledger.retention import RetentionKeys
from reports.log.entry import Details, Kind
from reports.store.engine import Store, Transaction
from reports.store.rows import records, sites
from reports.store.rows.leaves import LogWriter, Proven
from reports.store.values import Addressed, Claim, StoredRecord

TOKEN_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    """What a ledger writes with. `token_key` is 32 secret bytes; `recipients` are age recipients, at least one.

    A recipient is remembered by its first key; `keys_now` has the key of those whose key has changed since.
    """

    signing: ScannerKey
    token_key: bytes = field(repr=False)
    recipients: tuple[str, ...]
    keys_now: Mapping[str, str] = field(default_factory=dict)

    def key_now(self, recipient: str) -> str:
        """Return the age recipient to seal to."""
        return self.keys_now.get(recipient, recipient)

    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong with the keys."""
        faults = [
            Fault("recipients", f"{text!r} is no age recipient", "It starts with `age1`; ask the recipient for it.")
            for text in map(self.key_now, self.recipients)
            if not is_recipient(text)
        ]
        if not self.recipients:
            faults.append(Fault("recipients", "there is none", "Name at least one: findings are sealed to it."))
        if len(self.token_key) != TOKEN_KEY_BYTES:
            faults.append(Fault("token key", f"is not {TOKEN_KEY_BYTES} bytes", "`sightline init` makes one."))
        return tuple(faults)


def mac(begun: hmac.HMAC, rest: bytes) -> bytes:
    """HMAC (RFC 2104) of what was begun and the rest of the message."""
    one = begun.copy()
    one.update(rest)
    return one.digest()


class LedgerTransaction(NamedTuple):
    """One transaction of the ledger: where it writes, the log it appends to, and its one instant."""

    transaction: Transaction
    log: LogWriter
    now: datetime


class LedgerTransactions:
    """A store, the keys it is written with, and the clock: what every step needs."""

    def __init__(self, store: Store, keys: LedgerKeys, retention: RetentionKeys, clock: Clock) -> None:
        self._store = store
        self._retention = retention
        self._keys = keys
        self._clock = clock
        self._proven = Proven()
        # Begun once: `hmac.digest` lets another thread in at each of its calls, and there are several for each fetch.
        self._mark_begun = hmac.new(keys.token_key, b"mark\0", sha256)
        self._opening_begun = hmac.new(keys.token_key, b"opening\0", sha256)

    @contextmanager
    def _step(self, claim: Claim | None = None) -> Iterator[LedgerTransaction]:
        """Run one transaction: check the claim, run the block, then add its entries under a new signed head."""
        with self._store.write() as transaction:
            if claim is not None:
                sites.must_hold(transaction, claim)
            now = self._clock()
            step = LedgerTransaction(
                transaction, LogWriter(transaction, self._keys.signing, now, proven=self._proven), now
            )
            yield step
            step.log.finish()

    def _sealed(self, addressed: Sequence[Addressed]) -> list[bytes]:
        """Signed, padded, sealed, each to its own recipient: before the transaction, for sealing needs no lock.

        Raises ValueError for a recipient that is not one of the ledger's.
        """
        if any(item.recipient not in self._keys.recipients for item in addressed):
            msg = "a record is sealed to the ledger's own recipients only"
            raise ValueError(msg)
        return [
            seal(self._keys.signing.endorse(item.record, RECORD), [self._keys.key_now(item.recipient)])
            for item in addressed
        ]

    def _keep_all(
        self, step: LedgerTransaction, visit_id: str, addressed: Sequence[Addressed], sealed: Sequence[bytes]
    ) -> list[StoredRecord]:
        """Store and log what `_sealed` gave for these, in order."""
        pairs = zip(addressed, sealed, strict=True)
        return [self._keep(step, visit_id, to, body) for to, body in pairs]

    def _keep(self, step: LedgerTransaction, visit_id: str, to: Addressed, sealed: bytes) -> StoredRecord:
        """Store and log a sealed record. `visit_id` is empty for one that belongs to no visit."""
        name = sha256(sealed).hexdigest()
        date = to.destroy_by and to.destroy_by.replace(microsecond=0)  # keys are named to the second
        stored = StoredRecord(name, to.recipient, step.now, sealed, step.log.next_index, date, to.entries)
        kept = self._retention.wrap(date, sealed)
        records.keep(step.transaction, stored, kept)
        details: Details = {
            "visit": visit_id,
            "sha256": stored.record_id,
            "bytes": len(sealed),
            "recipient": to.recipient,
            "kept_sha256": sha256(kept).hexdigest(),
            "destroy_by": rfc3339(date) if date else "",
        }
        step.log.append(Kind.RECORD_SEALED, details)
        return stored
