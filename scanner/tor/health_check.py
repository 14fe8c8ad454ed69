"""How a tor is, asked beside whoever wants to know: one that hangs keeps nobody waiting.

It is asked every second. What it said last holds for a few seconds; after that nothing is known of it.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

from scanner.tor.control import Facts

Ask = Callable[[], Facts | None]
BEAT_SECONDS: Final = 1.0
FRESH_SECONDS: Final = 5.0
"""No sooner is a tor that answers slowly taken for one that hangs."""


def _bear(_seconds: float) -> None:
    """A tor that is not ours may be silent for as long as it likes."""


class Pulse:
    """`ask` may take its time; `silent` is told, at each beat, for how long there was no answer. Thread-safe."""

    def __init__(self, ask: Ask, silent: Callable[[float], None] = _bear, beat_seconds: float = BEAT_SECONDS) -> None:
        self.now = ask
        self._silent = silent
        self._beat_seconds = beat_seconds
        self._heard = (monotonic(), ask())
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="tor-pulse", daemon=True)
        self._thread.start()

    def lately(self) -> Facts | None:
        """What it said of itself last, at once; None when it did not answer, or that was too long ago."""
        at, facts = self._heard
        return facts if monotonic() - at <= FRESH_SECONDS else None

    def stop(self) -> None:
        """Ask no more; returns when nothing is asked. Idempotent."""
        self._stopping.set()
        self._thread.join()

    def _beat(self) -> None:
        silent_since: float | None = None
        while not self._stopping.wait(self._beat_seconds):
            facts = self.now()
            now = monotonic()
            self._heard = (now, facts)
            # Counted from the first question that stayed open, not from the last answer: we may have slept ourselves.
            silent_since = None if facts is not None else silent_since or now
            if silent_since is not None:
                self._silent(now - silent_since)
