"""The budget of a visit: time and bytes. Narrower than the settings where the list says so, never wider.

No exchange begins once either is spent, and none may receive more than was left when it began.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from config.clock import Seconds


class Exhausted(StrEnum):
    """The budget that ended a visit."""

    PAGES = "pages"
    BYTES = "bytes"
    TIME = "time"
    WORKERS = "workers"
    """More workers died on the site's pages and pictures than one visit may cost."""


@dataclass(slots=True)
class VisitBudget:
    """The time and bytes of one visit. Safe to call from several threads. Nobody sets `clock`.

    `seconds_before` and `received_bytes` are what the parts of the visit before a cut have taken.
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
        """Count what one exchange received, headers included."""
        with self._lock:
            self.received_bytes += received_bytes

    @property
    def bytes_left(self) -> int:
        """Bytes that may still be received."""
        return max(0, self.bytes_most - self.received_bytes)

    @property
    def seconds(self) -> float:
        """The time the visit has taken."""
        return self.seconds_before + self.clock() - self._began

    @property
    def seconds_left(self) -> float:
        """The time that is left."""
        return self.seconds_most - self.seconds

    def exhausted(self) -> Exhausted | None:
        """Return the budget that is spent, if one is."""
        if not self.bytes_left:
            return Exhausted.BYTES
        return Exhausted.TIME if self.seconds >= self.seconds_most else None
