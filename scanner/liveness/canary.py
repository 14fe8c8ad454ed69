"""The canary: an onion service that is known to be up. While it is silent, a failure says nothing about a site.

It is fetched like everything else: only if a signed list in force names it (the operator's own, made for it), with an
intent on the record. Each tor is checked through itself, at most once a minute: many sites that fail together share
one answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Final

from config.clock import Clock, Seconds
from reports.ledger.ledger import FetchPurpose
from scanner.authority.permit import ListPermits
from scanner.authority.refusal import Refusal
from scanner.exchange.port import Budget, Failed, Fetcher
from scanner.fetch.log import FetchLog
from scanner.liveness.assess import ALIVE, ANSWERED
from scanner.tor.port import Tor

KEPT_SECONDS: Final = 60.0


@dataclass(slots=True)
class Canary:
    """`over` makes a fetcher through one tor. Safe to call from several threads."""

    address: str
    permits: ListPermits
    over: Callable[[Tor], Fetcher]
    clock: Clock
    budget: Budget
    seconds: Seconds = monotonic
    _answers: dict[int, tuple[float, str]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def ask(self, tor: Tor, log: FetchLog) -> str:
        """`answered`, or the class of the failure, through this tor and not long ago."""
        with self._lock:
            at, answer = self._answers.get(id(tor), (None, ""))
            if at is None or self.seconds() - at > KEPT_SECONDS:
                answer = self._ask(tor, log)
                self._answers[id(tor)] = self.seconds(), answer
            return answer

    def _ask(self, tor: Tor, log: FetchLog) -> str:
        permit = self.permits.permit(f"http://{self.address}/", self.clock())
        if isinstance(permit, Refusal):
            return permit.reason.value
        leaf = log.log_intent(permit, FetchPurpose.CANARY)
        fetcher = self.over(tor)
        result = fetcher.get(permit, self.budget)
        log.conclude(leaf, result.head)
        fetcher.forget(self.address)
        return result.cause.value if isinstance(result, Failed) and result.cause.value not in ALIVE else ANSWERED
