"""What the ledger remembers for the next visit (`reports.store.rows.page_memory`), as its users see it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from reports.ledger.transaction import LedgerTransaction, LedgerTransactions, mac
from reports.store.rows import citations
from reports.store.rows import page_memory as memory
from reports.store.values import Addressed, Claim, Memory, SiteKey

MARK_BYTES: Final = 16


class PageMemoryStore(LedgerTransactions):
    """The part of the ledger that remembers pages."""

    def mark(self, content: bytes) -> bytes:
        """Return a keyed token (16 bytes) of something that must be recognised and may not be kept."""
        return mac(self._mark_begun, content)[:MARK_BYTES]

    def recall(self, key: SiteKey, url: str) -> "Recalled | None":
        """Return what is remembered of this URL under this list; None if nothing is."""
        secret = self._keys.token_key
        with self._store.read() as transaction:
            row = memory.get(transaction, memory.row_token(secret, key.list_id, url), self._clock())
        if row is None:
            return None
        kept, destroy_by = row
        body = memory.opened(secret, key.list_id, url, self._retention.unwrap(destroy_by, kept))
        return None if body is None else Recalled.read(body)

    def to_judge_again(self, editions: bytes, limit: int) -> "tuple[Kept, ...]":
        """Yield fingerprints that other editions of the lists judged last, from a bounded number of pages.

        `editions` is the token (`mark`) of those in force. Rows that cannot be opened are dropped.
        """
        with self._store.read() as transaction:
            rows = memory.judged_otherwise(transaction, editions, self._clock(), limit)
        found = [(row, self._opened_fingerprints(row.token, row.kept, row.destroy_by)) for row in rows]
        lost = [row.token for row, opened in found if opened is None]
        if lost:
            with self._store.write() as transaction:
                for name in lost:
                    memory.end_row(transaction, name)
        return tuple(
            Kept(row.token, row.kept, row.destroy_by, opened.body, opened.leaves)
            for row, opened in found
            if opened is not None
        )

    def left_to_judge_again(self, editions: bytes) -> int:
        """Return the number of pages whose fingerprints other editions judged last."""
        with self._store.read() as transaction:
            return memory.how_many_otherwise(transaction, editions, self._clock())

    def judged_again(self, kept: "Mapping[Kept, bytes]", editions: bytes, addressed: Sequence[Addressed]) -> None:
        """Seal the verdicts on a batch of pages to each recipient, and note the editions that judged it.

        Each page brings its new body. One transaction: after a kill before its end, the batch is judged again.
        """
        sealed = self._sealed(addressed)
        secret = self._keys.token_key
        with self._step() as step:
            for to, record in zip(addressed, sealed, strict=True):
                stored = self._keep(step, "", to, record)
                citations.keep(step.transaction, secret, to.sightings, stored.leaf_index)
            for one, body in kept.items():
                closed = memory.closed_fingerprints(secret, one.name, Recalled.written(body, one.leaves))
                wrapped = self._retention.wrap(one.destroy_by, closed)
                memory.put_again(step.transaction, one.name, one.kept, wrapped, editions)

    def forget_fingerprints(self) -> None:
        """Delete every stored fingerprint: the operator no longer allows them."""
        with self._store.write() as transaction:
            memory.end_fingerprints(transaction)

    def _opened_fingerprints(self, name: bytes, kept: bytes, destroy_by: datetime | None) -> "Recalled | None":
        body = memory.opened_fingerprints(self._keys.token_key, name, self._retention.unwrap(destroy_by, kept))
        return None if body is None else Recalled.read(body)

    def _remember(
        self, step: LedgerTransaction, claim: Claim, memories: Iterable[Memory], leaves: Mapping[str, int]
    ) -> None:
        """Write rows. Those of pages that were described just now name the records at `leaves`, by recipient."""
        secret, list_id = self._keys.token_key, claim.key.list_id
        of_site = memory.site_token(secret, list_id, claim.key.address)
        for item in memories:
            body = Recalled.written(item.body, leaves)
            if len(body) > memory.BODY_BYTES_MAX:
                continue
            date = item.destroy_by and item.destroy_by.replace(microsecond=0)
            named = memory.row_token(secret, list_id, item.url)
            if item.editions is None:
                closed = memory.closed(secret, list_id, item.url, body)
            else:
                closed = memory.closed_fingerprints(secret, named, body)
            expires = min(item.expires, date) if date else item.expires
            row = Memory(item.url, b"", expires, date, item.editions)
            memory.put(step.transaction, of_site, named, row, self._retention.wrap(date, closed), step.now)

    def _forget_some(self, step: LedgerTransaction, claim: Claim) -> None:
        of_site = memory.site_token(self._keys.token_key, claim.key.list_id, claim.key.address)
        memory.end_some(step.transaction, of_site, step.now)


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """One page's fingerprints: the scanner's own body, and the records (leaf by recipient) that describe the page."""

    name: bytes
    kept: bytes = field(repr=False)
    destroy_by: datetime | None
    body: bytes = field(repr=False)
    leaves: Mapping[str, int]


class Recalled:
    """What a row held: the scanner's own body, and the records (leaf index by recipient) that described the page."""

    def __init__(self, body: bytes, leaves: Mapping[str, int]) -> None:
        self.body = body
        self.leaves = leaves

    @staticmethod
    def written(body: bytes, leaves: Mapping[str, int]) -> bytes:
        """Return the row's body: a line of JSON, then the scanner's own bytes."""
        return json.dumps(dict(leaves), sort_keys=True).encode() + b"\n" + body

    @staticmethod
    def read(row: bytes) -> "Recalled":
        """Parse a body that `written` made."""
        head, _, body = row.partition(b"\n")
        return Recalled(body, json.loads(head))
