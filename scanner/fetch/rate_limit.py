"""The rate limit of a site: at most so many requests a minute, evenly spaced, over all visits and threads."""

import time
from collections.abc import Callable
from threading import Event, Lock
from typing import Final

_KEPT_MOST: Final = 1_024
"""Limiters that are kept before idle ones are dropped."""
SLOWEST_SECONDS: Final = 4.0
"""The longest gap that a site's own asking brings about; a list may demand a longer one."""
_FIRST_SLOW_SECONDS: Final = 0.5
_IDLE_SECONDS: Final = 120.0
"""The slowest rate is one request a minute, so a limiter that has been idle this long says no more than a new one."""


class RateLimiter:
    """Hands out starting times for one onion service."""

    def __init__(self, requests_per_minute: float, now: Callable[[], float] = time.monotonic) -> None:
        self._gap_seconds = 60 / requests_per_minute
        self._now = now
        self._lock = Lock()
        self._next = now()
        self._closed_until = 0.0
        self.slow_seconds = 0.0
        """The gap since the site asked for patience; 0 if it has not."""

    def wait(self, stop: Event) -> float:
        """Wait for this request's turn, or until `stop` is set; return the seconds until that turn."""
        with self._lock:
            now = self._now()
            turn = max(self._next, now)
            self._next = turn + max(self._gap_seconds, self.slow_seconds)
        if turn > now:
            stop.wait(turn - now)
        return turn - now

    def hold(self, seconds: float) -> float:
        """Let no request begin for these seconds; return by how many that puts the next one off."""
        with self._lock:
            before, self._next = max(self._next, self._now()), max(self._next, self._now() + seconds)
            return self._next - before

    def slow_down(self) -> None:
        """Lower the rate to half of what it is."""
        with self._lock:
            self.slow_seconds = min(max(_FIRST_SLOW_SECONDS, 2 * self.slow_seconds), SLOWEST_SECONDS)

    def recover(self, slow_seconds: float) -> None:
        """Raise the rate to twice what it was at the end of an earlier visit."""
        with self._lock:
            earlier = max(slow_seconds, self.slow_seconds)
            self.slow_seconds = earlier / 2 if earlier >= _FIRST_SLOW_SECONDS else 0.0

    def close(self, seconds: float) -> None:
        """Refuse requests for these seconds."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._now() + seconds)

    def take_over(self, earlier: "RateLimiter") -> None:
        """Keep what the site asked for when a newer list allows another rate."""
        self._closed_until, self.slow_seconds = earlier._closed_until, earlier.slow_seconds  # noqa: SLF001 - the same class

    def closed_seconds(self) -> float:
        """Return for how long requests are refused yet."""
        return max(0.0, self._closed_until - self._now()) if self._closed_until else 0.0

    def idle(self) -> bool:
        """Return True if it has delayed no request for a while."""
        with self._lock:
            return max(self._next, self._closed_until) + _IDLE_SECONDS < self._now()


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
                limiter = RateLimiter(rate, self._now)
                if kept is not None:
                    limiter.take_over(kept[1])
                kept = self._limiters[address] = (rate, limiter)
        return kept[1]

    def _drop_idle(self) -> None:
        if len(self._limiters) >= self._kept_most:
            self._limiters = {address: kept for address, kept in self._limiters.items() if not kept[1].idle()}
            self._kept_most = 2 * max(_KEPT_MOST, len(self._limiters))
