"""A visit's part of the log: intents are durable before their fetch, conclusions go with their page's transaction.

Holds no URL once its intent is written. Safe to call from several threads, but for `tell`, `depart` and `flush`, which
are for the visit's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from reports.ledger.ledger import Claim, Conclusion, FetchPurpose, Intent, Ledger, PageEnd
from reports.sighting import LoggedFetch
from scanner.authority.permit import Permit
from scanner.exchange.port import Failed, Response

ANSWERED = "answered"
ENDS_WAITING: Final = 8
"""Ends of pages that are as they were: so many wait for a transaction, and are read anew when the scanner is killed."""


@dataclass(slots=True)
class FetchLog:
    """What one claim writes of its fetches."""

    ledger: Ledger
    claim: Claim
    _ended: list[tuple[int, Conclusion]] = field(default_factory=list)
    """By page of the visit, what has ended and is not concluded yet."""
    _waiting: list[PageEnd] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def intend(self, permit: Permit, purpose: FetchPurpose) -> int:
        """Log that this is about to be fetched; durable when it returns the leaf index."""
        (leaf,) = self.ledger.intend(self.claim, _intents(((permit, purpose),)))
        return leaf

    def depart(self, wanted: Sequence[tuple[Permit, FetchPurpose]]) -> tuple[int, ...]:
        """Each as `intend`, with the ends of pages that have waited; those alone only once they are many."""
        if not wanted and len(self._waiting) < ENDS_WAITING:
            return ()
        ends, self._waiting = self._waiting, []
        return self.ledger.proceed(self.claim, ends, _intents(wanted))

    def tell(self, end: PageEnd, *, waits: bool) -> None:
        """Put the end of a page on the record: now, or, when it `waits`, with what goes there next."""
        self._waiting.append(end)
        if not waits:
            self.flush()

    def flush(self) -> None:
        """Let no end of a page wait any more."""
        ends, self._waiting = self._waiting, []
        if ends:
            self.ledger.proceed(self.claim, ends)

    def logged(self, leaf: int, url: str, purpose: FetchPurpose) -> LoggedFetch:
        """What a record says of a fetch, so that its reader can prove which URL the leaf speaks of."""
        return LoggedFetch(url, purpose.value, leaf, self.ledger.opening(leaf))

    def ended(self, leaf: int, result: Response | Failed, page: int = 0) -> None:
        """Remember how one of them ended, until the transaction of its page, or of the first one to come."""
        conclusion = Conclusion(
            intent_leaf=leaf,
            outcome=ANSWERED if isinstance(result, Response) else result.cause.value,
            status=result.status if isinstance(result, Response) else 0,
            received_bytes=result.received_bytes,
            started=result.started,
            ended=result.ended,
        )
        with self._lock:
            self._ended.append((page, conclusion))

    def drain(self, page: int | None = None) -> tuple[Conclusion, ...]:
        """What has ended of this page and those before it (None: all), in the order of the intents; each once."""
        with self._lock:
            ended = [one for of, one in self._ended if page is None or of <= page]
            self._ended = [(of, one) for of, one in self._ended if page is not None and of > page]
        return tuple(sorted(ended, key=lambda conclusion: conclusion.intent_leaf))


def _intents(wanted: Iterable[tuple[Permit, FetchPurpose]]) -> list[Intent]:
    return [Intent(url=permit.url, purpose=purpose, address=permit.address) for permit, purpose in wanted]
