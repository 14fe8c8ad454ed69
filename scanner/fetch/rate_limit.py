"""A site's highest rate: at most so many requests a minute, evenly spaced, however many visits and threads fetch."""

import time
from collections.abc import Callable
from threading import Event, Lock
from typing import Final

_MANY: Final = 1_024
"""Paces that are remembered before idle ones are let go."""
_IDLE_SECONDS: Final = 120.0
"""The slowest rate is one request a minute: a pace that has been idle so long says no more than a new one."""


class RateLimiter:
    """Hands out starting times for one onion service."""

    def __init__(self, requests_per_minute: float, now: Callable[[], float] = time.monotonic) -> None:
        self._gap_seconds = 60 / requests_per_minute
        self._now = now
        self._lock = Lock()
        self._next = now()

    def wait(self, stop: Event) -> float:
        """Wait for this request's turn, or until `stop` is set; for how many seconds its turn was off."""
        with self._lock:
            now = self._now()
            turn = max(self._next, now)
            self._next = turn + self._gap_seconds
        if turn > now:
            stop.wait(turn - now)
        return turn - now

    def idle(self) -> bool:
        """Whether it holds nobody back, and has not for a while."""
        with self._lock:
            return self._next + _IDLE_SECONDS < self._now()


class RateLimiters:
    """The pace of each onion service, shared by all visits: a picture embedded from another listed site counts there.

    `rate_of` gives the highest rate that the lists allow for an address, in requests a minute. Memory is bounded by
    the addresses that were asked lately, however many are listed.
    """

    def __init__(self, rate_of: Callable[[str], float], now: Callable[[], float] = time.monotonic) -> None:
        self._rate_of = rate_of
        self._now = now
        self._lock = Lock()
        self._paces: dict[str, tuple[float, RateLimiter]] = {}
        self._most = _MANY

    def of(self, address: str) -> RateLimiter:
        """This onion service's pace; a new one when a newer list allows another rate."""
        rate = self._rate_of(address)
        with self._lock:
            held = self._paces.get(address)
            if held is None or held[0] != rate:
                self._let_go()
                held = self._paces[address] = (rate, RateLimiter(rate, self._now))
        return held[1]

    def _let_go(self) -> None:
        if len(self._paces) >= self._most:
            self._paces = {address: held for address, held in self._paces.items() if not held[1].idle()}
            self._most = 2 * max(_MANY, len(self._paces))
