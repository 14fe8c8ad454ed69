"""Instants. All of Sightline's times are aware datetimes in UTC; a naive one is a programming error.

The system clock is sometimes set: by NTP, by hand, or when a virtual machine resumes. So it dates events and deadlines;
durations and waits use a monotonic clock.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], datetime]
Seconds = Callable[[], float]
"""A monotonic clock: only differences between two of its times mean anything."""
TOLERANCE: Final = timedelta(minutes=5)
"""How far two clocks may lie apart before one of them is called wrong."""


def utc_now() -> datetime:
    """Return the system clock's time, in UTC."""
    return datetime.now(UTC)


def seconds_since_boot() -> float:
    """Return a monotonic time that also advances while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Reckoning:
    """What the system clock would show if nobody had set it since this was made."""

    def __init__(self, clock: Clock, seconds: Seconds = seconds_since_boot) -> None:
        self._clock, self._seconds = clock, seconds
        self._start, self._began = clock(), seconds()

    def __call__(self) -> datetime:
        """Return the time by this reckoning."""
        return self._start + timedelta(seconds=self._seconds() - self._began)

    def set_by(self) -> timedelta:
        """Return by how much the clock was set since; negative: back."""
        return self._clock() - self()


def rfc3339(instant: datetime) -> str:
    """`2026-11-23T18:42:07.120Z`: RFC 3339 in UTC, to the millisecond. Raises ValueError for a naive instant."""
    if instant.tzinfo is None:
        msg = "a time without its zone"
        raise ValueError(msg)
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_rfc3339(text: str) -> datetime:
    """Parse what `rfc3339` wrote, or any RFC 3339 time with a zone. Raise ValueError for anything else."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        msg = "a time without its zone"
        raise ValueError(msg)
    return instant.astimezone(UTC)
