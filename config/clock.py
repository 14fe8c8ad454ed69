"""Instants. All of Sightline's times are aware datetimes in UTC; a naive one is a programming error."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], datetime]
TOLERANCE: Final = timedelta(minutes=5)
"""How far two clocks may lie apart before one of them is called wrong."""


def utc_now() -> datetime:
    """The system clock, in UTC."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """`2026-11-23T18:42:07.120Z`: RFC 3339 in UTC, to the millisecond. Raises ValueError for a naive instant."""
    if instant.tzinfo is None:
        msg = "a time without its zone"
        raise ValueError(msg)
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_rfc3339(text: str) -> datetime:
    """The instant that `rfc3339` wrote, or any RFC 3339 time with a zone. Raises ValueError for anything else."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        msg = "a time without its zone"
        raise ValueError(msg)
    return instant.astimezone(UTC)
