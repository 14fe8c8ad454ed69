"""The check of a failed site: the health of our own tor then, and the view of a second tor that knows nothing of it.

The second check is one GET of the visit's first page, of which no byte is kept: does anything answer?
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Protocol

from config.clock import Clock
from reports.ledger.ledger import FetchPurpose
from reports.sighting import Evidence, Look
from scanner.authority.permit import Permits
from scanner.authority.refusal import Refusal
from scanner.exchange.port import Budget, Failed, Fetcher
from scanner.fetch.log import FetchLog
from scanner.liveness.assess import evidence, look, needs_second_look
from scanner.liveness.canary import Canary
from scanner.tor.port import Tor


class SecondTorSource(Protocol):
    """Provides the second tor with a fetcher through it; None if there is no second tor."""

    def held(self, stop: Event) -> AbstractContextManager[tuple[Tor, Fetcher] | None]:
        """Hold the second tor while the block lasts."""
        ...


@dataclass(frozen=True, slots=True)
class LivenessCheck:
    """What the visits of a scanner ask when a site fails; each part may be absent."""

    canary: Canary | None
    second: SecondTorSource | None
    budget: Budget

    def evidence(self, seen: "FailedVisit", permits: Permits, log: FetchLog, clock: Clock, stop: Event) -> Evidence:
        """Return the state of a site at the end of its visit, with its evidence."""
        if seen.cause is None:
            return evidence(None, None, seen.failing_since)
        first = self._look(seen.tor, seen.cause, log, clock)
        second = self._second(seen.url, permits, log, clock, stop) if needs_second_look(first) else None
        return evidence(first, second, seen.failing_since)

    def _look(self, tor: Tor, cause: str, log: FetchLog, clock: Clock) -> Look:
        plain = look(clock(), cause, tor.health())
        if not plain.cause or not plain.tor_healthy or self.canary is None:
            return plain
        return look(plain.at, cause, tor.health(), self.canary.ask(tor, log))

    def _second(self, url: str, permits: Permits, log: FetchLog, clock: Clock, stop: Event) -> Look | None:
        if self.second is None or stop.is_set():
            return None
        with self.second.held(stop) as held:
            permit = permits.permit(url, clock())
            if held is None or isinstance(permit, Refusal):
                return None
            tor, fetcher = held
            leaf = log.log_intent(permit, FetchPurpose.EVIDENCE)
            result = fetcher.get(permit, self.budget)
            log.conclude(leaf, result.head)
            fetcher.forget(permit.address)
            return self._look(tor, result.cause.value if isinstance(result, Failed) else "", log, clock)


@dataclass(frozen=True, slots=True)
class FailedVisit:
    """What the visit saw: the cause of its first failure, empty when anything answered, None when never asked."""

    url: str
    tor: Tor
    cause: str | None
    failing_since: datetime | None
