"""What the ledger remembers for the next visit (`reports.store.memory`), as its users see it."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from hmac import digest
from typing import Final

from reports.steps import Step, Steps
from reports.store import memory
from reports.store.values import Claim, Memory, SiteKey

MARK_BYTES: Final = 16


class Recalling(Steps):
    """The part of the ledger that remembers pages."""

    def mark(self, said: bytes) -> bytes:
        """A keyed token (16 bytes) of whatever the caller must know again and may not keep."""
        return digest(self._keys.token_key, b"mark\0" + said, sha256)[:MARK_BYTES]

    def recall(self, key: SiteKey, url: str) -> "Recalled | None":
        """What was remembered of this URL under this list; None when nothing is."""
        secret = self._keys.token_key
        with self._store.read() as transaction:
            row = memory.get(transaction, memory.row_token(secret, key.list_id, url), self._clock())
        if row is None:
            return None
        kept, destroy_by = row
        body = memory.opened(secret, key.list_id, url, self._retention.unwrap(destroy_by, kept))
        return None if body is None else Recalled.read(body)

    def _remember(self, step: Step, claim: Claim, memories: Iterable[Memory], leaves: Mapping[str, int]) -> None:
        """Write rows. Those of pages that were described just now name the records at `leaves`, by recipient."""
        secret, list_id = self._keys.token_key, claim.key.list_id
        of_site = memory.site_token(secret, list_id, claim.key.address)
        for one in memories:
            body = Recalled.written(one.body, leaves)
            if len(body) > memory.BODY_BYTES_MAX:
                continue
            date = one.destroy_by and one.destroy_by.replace(microsecond=0)
            kept = self._retention.wrap(date, memory.closed(secret, list_id, one.url, body))
            expires = min(one.expires, date) if date else one.expires
            named = memory.row_token(secret, list_id, one.url)
            memory.put(step.transaction, of_site, named, Memory(one.url, b"", expires, date), kept, step.now)

    def _forget_some(self, step: Step, claim: Claim) -> None:
        of_site = memory.site_token(self._keys.token_key, claim.key.list_id, claim.key.address)
        memory.end_some(step.transaction, of_site, step.now)


class Recalled:
    """What a row held: the scanner's own body, and the records (leaf index by recipient) that described the page."""

    def __init__(self, body: bytes, leaves: Mapping[str, int]) -> None:
        self.body = body
        self.leaves = leaves

    @staticmethod
    def written(body: bytes, leaves: Mapping[str, int]) -> bytes:
        """The row's body: a line of JSON, and the scanner's own behind it."""
        return json.dumps(dict(leaves), sort_keys=True).encode() + b"\n" + body

    @staticmethod
    def read(row: bytes) -> "Recalled":
        """What `written` wrote."""
        head, _, body = row.partition(b"\n")
        return Recalled(body, json.loads(head))
