"""Creation of the liveness check that the settings name: the canary, and a second tor with its fetcher."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_bytes
from threading import Event

from config.clock import Clock
from config.layout import Layout
from config.settings import Settings
from scanner.authority.permit import ListPermits
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget, Fetcher
from scanner.liveness.canary import Canary
from scanner.liveness.check import LivenessCheck
from scanner.tor import SecondTor
from scanner.tor.factory import TorInUse, second_tor_of
from scanner.tor.port import Tor
from scanner.tor.torrc import SOCKS_TIMEOUT_SECONDS

_ANSWER_SECONDS = 15.0
"""Beyond tor's own time-out: for the greeting before and the first bytes after it."""
_ANSWER_BYTES = 64 * 1024


@dataclass(slots=True)
class LookingInUse:
    """To be stopped when the scanner ends."""

    looking: LivenessCheck
    _second: SecondTor | None

    def refused_streams(self) -> dict[str, int]:
        """Return the number of streams that the second tor's gate refused in this run, by reason."""
        return self._second.refused_streams() if self._second is not None else {}

    def stop(self) -> None:
        """End the second tor, if there is one."""
        if self._second is not None:
            self._second.stop()


@dataclass(frozen=True, slots=True)
class _ThroughSecond:
    tor: SecondTor
    user_agent: str
    clock: Clock

    @contextmanager
    def held(self, stop: Event) -> Iterator[tuple[Tor, Fetcher] | None]:
        with self.tor.held(stop) as tor:
            yield None if tor is None else (tor, _over(tor, self.user_agent, self.clock))


def looking_of(settings: Settings, layout: Layout, permits: ListPermits, clock: Clock, tor: TorInUse) -> LookingInUse:
    """Nothing is started yet."""
    budget = Budget(SOCKS_TIMEOUT_SECONDS + _ANSWER_SECONDS, _ANSWER_BYTES)
    agent, second = settings.fetch.user_agent, second_tor_of(settings, layout, permits, clock, tor)
    canary = Canary(settings.tor.canary, permits, lambda item: _over(item, agent, clock), clock, budget)
    through = _ThroughSecond(second, agent, clock) if second is not None else None
    return LookingInUse(LivenessCheck(canary if settings.tor.canary else None, through, budget), second)


def _over(tor: Tor, user_agent: str, clock: Clock) -> OnionFetcher:
    """Return a fetcher through one tor, with credentials of its own."""
    return OnionFetcher(tor, token_bytes(32), user_agent, clock)
