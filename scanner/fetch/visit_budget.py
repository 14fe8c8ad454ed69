"""What a visit may spend in all: time and bytes. Narrower than the settings where the list says so, never wider.

No exchange begins once either is spent, and none may bring in more than was left when it began.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from config.clock import Seconds


class Exhausted(StrEnum):
    """What was spent."""

    PAGES = "pages"
    BYTES = "bytes"
    TIME = "time"
    WORKERS = "workers"
    """More of them died on the site's pages and pictures than one visit may cost."""


@dataclass(slots=True)
class VisitBudget:
    """One visit's purse. Safe to call from several threads. `clock` is one that nobody sets.

    `seconds_before` and `received_bytes`: what its part before a cut has taken.
    """

    clock: Seconds
    seconds_most: float
    bytes_most: int
    seconds_before: float = 0.0
    received_bytes: int = 0
    _began: float = field(init=False)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def spend(self, received_bytes: int) -> None:
        """Count what one exchange brought in, headers included."""
        with self._lock:
            self.received_bytes += received_bytes

    @property
    def bytes_left(self) -> int:
        """How many may still come in."""
        return max(0, self.bytes_most - self.received_bytes)

    @property
    def seconds(self) -> float:
        """How long it has taken."""
        return self.seconds_before + self.clock() - self._began

    def over(self) -> Exhausted | None:
        """What is spent, if anything is."""
        if not self.bytes_left:
            return Exhausted.BYTES
        return Exhausted.TIME if self.seconds >= self.seconds_most else None
