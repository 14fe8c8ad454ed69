"""A visit's fetches without a ledger: what is logged of them is kept in a list, in order."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from config.clock import Clock, Seconds
from reports.ledger.ledger import FetchPurpose
from reports.sighting import LoggedFetch
from scanner.authority.permit import Permit
from scanner.exchange.cookies import Jar
from scanner.exchange.port import ExchangeHead, Fetcher
from scanner.fetch.patience import Patience
from scanner.fetch.rate_limit import RateLimiters
from scanner.fetch.visit_budget import VisitBudget
from scanner.fetch.visit_fetches import ChainLimits, FetchResult, Threads, VisitFetches
from tests.fetch.permits import PERMITS


@dataclass
class UnloggedFetches:
    """A stand-in for `FetchLog`: intents and conclusions, with their URLs, as they were made."""

    intents: list[str] = field(default_factory=list)
    record: list[tuple[str, str]] = field(default_factory=list)
    heads: list[ExchangeHead] = field(default_factory=list)

    def log_intent(self, permit: Permit, _purpose: FetchPurpose) -> int:
        self.intents.append(permit.url)
        self.record.append(("intended", permit.url))
        return len(self.intents) - 1

    def log_intents(self, wanted: Sequence[tuple[Permit, FetchPurpose]]) -> tuple[int, ...]:
        return tuple(self.log_intent(permit, purpose) for permit, purpose in wanted)

    def logged(self, leaf: int, url: str, purpose: FetchPurpose) -> LoggedFetch:
        return LoggedFetch(url, purpose.value, leaf, bytes(32))

    def conclude(self, leaf: int, head: ExchangeHead, _page: int) -> None:
        self.record.append((head.outcome, self.intents[leaf]))
        self.heads.append(head)


def fetch(
    fetcher: Fetcher, permit: Permit, limits: ChainLimits, log: UnloggedFetches, clock: Clock, now: Seconds
) -> FetchResult:
    """Fetch one chain, with a cookie jar."""
    unlogged: Any = log
    with ThreadPoolExecutor(1) as thread:
        fetches = VisitFetches(
            permits=PERMITS,
            fetcher=fetcher,
            log=unlogged,
            rate_limits=RateLimiters(lambda _address: 1_000_000.0),
            patience=Patience(permit.address),
            budget=VisitBudget(now, 3_600, 2**40),
            limits=limits,
            threads=Threads(thread, thread),
            jar=Jar(clock),
            stop=Event(),
            clock=clock,
            now=now,
        )
        return fetches.result(fetches.request(permit, page=1))
