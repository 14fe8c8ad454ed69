"""A second tor, which knows nothing of any site: its view of a failing site is evidence.

- It starts when a visit first needs it, with a data directory emptied of everything but what finds the network again
  (certificates, consensus, relay keys): no guards, no descriptors, no circuits.
- Visits that need it at the same time share it. It ends when idle and never lives long, so that it knows nothing of a
  site that it is asked about again.
- It is gated like the first one, and fetches through it need permits and intents like all others.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Event, Timer
from time import monotonic
from typing import Final

from config.faults import Refused
from scanner.tor.control import Progress
from scanner.tor.own_tor import RunningTor

IDLE_SECONDS: Final = 120.0
LIFE_SECONDS: Final = 600.0
BOOTSTRAP_FILES: Final = (
    "cached-certs",
    "cached-microdesc-consensus",
    "cached-microdescs",
    "cached-microdescs.new",
)
"""Files by which tor finds its network; none of them names an onion service."""

Start = Callable[[Progress], RunningTor | Refused]
RefusedStreams = Callable[[], dict[str, int]]


class SecondTor:
    """A second tor, started on demand. Thread-safe. `start` blocks until it has joined its network.

    `refused_streams` counts the streams that all its gates refused, by reason.
    """

    def __init__(
        self,
        start: Start,
        refused_streams: RefusedStreams,
        idle_seconds: float = IDLE_SECONDS,
        life_seconds: float = LIFE_SECONDS,
    ) -> None:
        self._start = start
        self.refused_streams = refused_streams
        self._idle_seconds = idle_seconds
        self._life_seconds = life_seconds
        self._changed = Condition()
        self._tor: RunningTor | None = None
        self._born = 0.0
        self._users = 0
        self._timer: Timer | None = None
        self._stopped = False

    @contextmanager
    def held(self, stop: Event) -> Iterator[RunningTor | None]:
        """Hold the second tor while the block lasts; None if it does not start or `stop` is set first."""
        tor = self._take(stop)
        try:
            yield tor
        finally:
            self._give_back()

    def stop(self) -> None:
        """End it, once and for all. Idempotent."""
        with self._changed:
            self._stopped = True
            self._end()

    @property
    def running(self) -> bool:
        """Whether there is one now."""
        return self._tor is not None

    def _take(self, stop: Event) -> RunningTor | None:
        with self._changed:
            self._changed.wait_for(lambda: not self._worn or self._users == 0 or self._stopped)
            if self._timer is not None:
                self._timer.cancel()
            if self._worn:
                self._end()
            if self._tor is None and not self._stopped:
                self._tor = self._started(stop)
                self._born = monotonic()
            self._users += 1
            return self._tor

    def _started(self, stop: Event) -> RunningTor | None:
        def unless_stopping(_words: str, _percent: int) -> None:
            if stop.is_set():
                raise _SecondStartCancelled

        try:
            started = self._start(unless_stopping)
        except _SecondStartCancelled:
            return None
        return started if isinstance(started, RunningTor) else None

    def _give_back(self) -> None:
        with self._changed:
            self._users -= 1
            self._changed.notify_all()
            if self._users == 0 and self._tor is not None:
                self._timer = Timer(self._idle_seconds, self._end_if_idle)
                self._timer.daemon = True
                self._timer.start()

    @property
    def _worn(self) -> bool:
        """Whether it has lived long enough to know sites again."""
        return self._tor is not None and monotonic() - self._born > self._life_seconds

    def _end_if_idle(self) -> None:
        with self._changed:
            if self._users == 0:
                self._end()

    def _end(self) -> None:
        tor, self._tor = self._tor, None
        if self._timer is not None:
            self._timer.cancel()
        if tor is not None:
            tor.stop()


class _SecondStartCancelled(Exception):  # noqa: N818 - no error
    """The start is cancelled: nothing waits for it any more."""
