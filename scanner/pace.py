"""A site's highest rate: at most so many requests a minute, evenly spaced, however many visits and threads fetch."""

import time
from collections.abc import Callable
from threading import Event, Lock


class Pace:
    """Hands out starting times for one onion service."""

    def __init__(self, requests_per_minute: float, now: Callable[[], float] = time.monotonic) -> None:
        self._gap_seconds = 60 / requests_per_minute
        self._now = now
        self._lock = Lock()
        self._next = now()

    def wait(self, stop: Event) -> bool:
        """Wait for this request's turn; False when `stop` was set meanwhile."""
        with self._lock:
            turn = max(self._next, self._now())
            self._next = turn + self._gap_seconds
        return not stop.wait(max(0.0, turn - self._now()))


class Paces:
    """The pace of each onion service, shared by all visits: a picture embedded from another listed site counts there.

    `rate_of` gives the highest rate that the lists allow for an address, in requests a minute.
    """

    def __init__(self, rate_of: Callable[[str], float]) -> None:
        self._rate_of = rate_of
        self._lock = Lock()
        self._paces: dict[str, tuple[float, Pace]] = {}

    def of(self, address: str) -> Pace:
        """This onion service's pace; a new one when a newer list allows another rate."""
        rate = self._rate_of(address)
        with self._lock:
            held = self._paces.get(address)
            if held is None or held[0] != rate:
                held = self._paces[address] = (rate, Pace(rate))
        return held[1]
