"""What one run has done so far, for operators: counts and times, no address and nothing of what was found."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from reports.sighting import VisitEnd
from scanner.tor.port import TorHealth


@dataclass(slots=True)
class Counters:
    """Counts of one run. The daemon and its visits write them; any thread may read. Thread-safe."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """Visits that ended, by outcome."""
    pages: int = 0
    received_bytes: int = 0
    workers_killed: int = 0
    ticks: int = 0
    tick_seconds: float = 0.0
    """All ticks together."""
    last_tick_seconds: float = 0.0
    longest_tick_seconds: float = 0.0
    under_way: int = 0
    tor: TorHealth | None = None
    refused_streams: Mapping[str, int] = field(default_factory=dict)
    """That tor's gate refused, by why."""
    _lock: Lock = field(default_factory=Lock)

    def visit_ended(self, end: VisitEnd) -> None:
        """Count one visit."""
        with self._lock:
            self.outcomes[end.outcome] += 1
            self.pages += end.pages_read
            self.received_bytes += end.received_bytes
            self.workers_killed += end.workers_killed

    def ticked(self, seconds: float, under_way: int) -> None:
        """Count one tick."""
        with self._lock:
            self.ticks += 1
            self.tick_seconds += seconds
            self.last_tick_seconds = seconds
            self.longest_tick_seconds = max(seconds, self.longest_tick_seconds)
            self.under_way = under_way

    def ended(self) -> dict[str, int]:
        """Visits that ended, by outcome, as they are now."""
        with self._lock:
            return dict(self.outcomes)
