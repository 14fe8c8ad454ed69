"""The rate limit of a site: at most so many requests a minute, evenly spaced, over all visits and threads."""

import time
from collections.abc import Callable
from threading import Event, Lock
from typing import Final

_KEPT_MOST: Final = 1_024
"""Limiters that are kept before idle ones are dropped."""
_IDLE_SECONDS: Final = 120.0
"""The slowest rate is one request a minute, so a limiter that has been idle this long says no more than a new one."""


class RateLimiter:
    """Hands out starting times for one onion service."""

    def __init__(self, requests_per_minute: float, now: Callable[[], float] = time.monotonic) -> None:
        self._gap_seconds = 60 / requests_per_minute
        self._now = now
        self._lock = Lock()
        self._next = now()

    def wait(self, stop: Event) -> float:
        """Wait for this request's turn, or until `stop` is set; return the seconds until that turn."""
        with self._lock:
            now = self._now()
            turn = max(self._next, now)
            self._next = turn + self._gap_seconds
        if turn > now:
            stop.wait(turn - now)
        return turn - now

    def idle(self) -> bool:
        """Return True if it has delayed no request for a while."""
        with self._lock:
            return self._next + _IDLE_SECONDS < self._now()


class RateLimiters:
    """The rate limit of each onion service, shared by all visits.

    A picture embedded from another listed site counts for that site. `rate_of` gives the highest rate that the lists
    allow for an address, in requests a minute. Memory is bounded by the addresses fetched from recently.
    """

    def __init__(self, rate_of: Callable[[str], float], now: Callable[[], float] = time.monotonic) -> None:
        self._rate_of = rate_of
        self._now = now
        self._lock = Lock()
        self._limiters: dict[str, tuple[float, RateLimiter]] = {}
        self._kept_most = _KEPT_MOST

    def of(self, address: str) -> RateLimiter:
        """Return this onion service's limiter; a new one when a newer list allows another rate."""
        rate = self._rate_of(address)
        with self._lock:
            kept = self._limiters.get(address)
            if kept is None or kept[0] != rate:
                self._drop_idle()
                kept = self._limiters[address] = (rate, RateLimiter(rate, self._now))
        return kept[1]

    def _drop_idle(self) -> None:
        if len(self._limiters) >= self._kept_most:
            self._limiters = {address: kept for address, kept in self._limiters.items() if not kept[1].idle()}
            self._kept_most = 2 * max(_KEPT_MOST, len(self._limiters))
