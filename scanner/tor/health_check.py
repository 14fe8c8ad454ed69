"""A tor's health, polled on a background thread: a hanging tor delays nobody.

Tor is asked every second. Its last answer holds for a few seconds; after that its health is unknown.
"""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Final

from scanner.tor.control import Facts

Ask = Callable[[], Facts | None]
BEAT_SECONDS: Final = 1.0
FRESH_SECONDS: Final = 5.0
"""A slow tor counts as hanging only after this time."""


def _bear(_seconds: float) -> None:
    """Accept silence: an external tor may stay silent."""


class Pulse:
    """Polls `ask`, which may block; calls `silent` at each beat with the seconds without an answer. Thread-safe."""

    def __init__(self, ask: Ask, silent: Callable[[float], None] = _bear, beat_seconds: float = BEAT_SECONDS) -> None:
        self.now = ask
        self._silent = silent
        self._beat_seconds = beat_seconds
        self._heard = (monotonic(), ask())
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="tor-pulse", daemon=True)
        self._thread.start()

    def recent_health(self) -> Facts | None:
        """Return the last answer at once; None if there is none or it is too old."""
        at, facts = self._heard
        return facts if monotonic() - at <= FRESH_SECONDS else None

    def stop(self) -> None:
        """Stop polling; return when no question is pending. Idempotent."""
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
