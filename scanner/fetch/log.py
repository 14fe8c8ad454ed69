"""The visit's part of the log: intents are durable before their fetch, conclusions go with their page's transaction.

Holds no URL once its intent is written, and never a body: of an answer it sees the head alone. Safe to call from
several threads, except for `record_page`, `log_intents` and `flush`, which belong to the visit's own thread.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from reports.ledger.ledger import Claim, Conclusion, FetchPurpose, Intent, Ledger, PageEnd
from reports.sighting import LoggedFetch
from scanner.authority.permit import Permit
from scanner.exchange.port import ExchangeHead

ENDS_WAITING: Final = 8
"""Unchanged pages that wait for a transaction at most; they are read again when the scanner is killed."""


@dataclass(slots=True)
class FetchLog:
    """The log entries of one claim's fetches."""

    ledger: Ledger
    claim: Claim
    _concluded: list[tuple[int, Conclusion]] = field(default_factory=list)
    """Conclusions that are not written yet, each with its page's turn."""
    _waiting: list[PageEnd] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def log_intent(self, permit: Permit, purpose: FetchPurpose) -> int:
        """Log that this is about to be fetched; the leaf index is returned once it is durable."""
        (leaf,) = self.ledger.intend(self.claim, _intents(((permit, purpose),)))
        return leaf

    def log_intents(self, wanted: Sequence[tuple[Permit, FetchPurpose]]) -> tuple[int, ...]:
        """Log several intents together with the pages that wait; pages alone only once they are many."""
        if not wanted and len(self._waiting) < ENDS_WAITING:
            return ()
        ends, self._waiting = self._waiting, []
        return self.ledger.proceed(self.claim, ends, _intents(wanted))

    def record_page(self, end: PageEnd, *, waits: bool) -> None:
        """Write the end of a page: now, or with the next transaction when it `waits`."""
        self._waiting.append(end)
        if not waits:
            self.flush()

    def flush(self) -> None:
        """Write the ends of pages that wait."""
        ends, self._waiting = self._waiting, []
        if ends:
            self.ledger.proceed(self.claim, ends)

    def logged(self, leaf: int, url: str, purpose: FetchPurpose) -> LoggedFetch:
        """Return what a record says of a fetch, so that its reader can prove which URL the leaf commits to."""
        return LoggedFetch(url, purpose.value, leaf, self.ledger.opening(leaf))

    def conclude(self, leaf: int, head: ExchangeHead, page: int = 0) -> None:
        """Keep the end of a fetch for the transaction of its page, or for the first one that follows."""
        with self._lock:
            self._concluded.append((page, Conclusion(leaf, *head)))

    def take_concluded(self, page: int | None = None) -> tuple[Conclusion, ...]:
        """Take the conclusions of this page and those before it (None: all), in the order of the intents."""
        with self._lock:
            taken = [conclusion for turn, conclusion in self._concluded if page is None or turn <= page]
            self._concluded = [kept for kept in self._concluded if page is not None and kept[0] > page]
        return tuple(sorted(taken, key=lambda conclusion: conclusion.intent_leaf))


def _intents(wanted: Iterable[tuple[Permit, FetchPurpose]]) -> list[Intent]:
    return [Intent(url=permit.url, purpose=purpose, address=permit.address) for permit, purpose in wanted]
