"""The running daemon's heartbeat, stored for `sightline status`.

It reveals nothing of sites but how many are being visited, and nothing about findings.
"""

from datetime import datetime, timedelta
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from config.clock import rfc3339
from config.faults import Fault
from scanner.daemon.counters import Counters

PATIENCE: Final = timedelta(seconds=60)
"""Beyond three ticks: how long a daemon may be silent, for instance while it writes referrals."""


class HeartbeatModel(BaseModel):
    """One object of a snapshot."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TorSaid(HeartbeatModel):
    """How our own tor was."""

    version: str
    healthy: bool
    running: bool
    bootstrapped: bool
    circuits_established: bool
    clock_offset_seconds: float | None


class Wrong(HeartbeatModel):
    """A Fault that a person must fix."""

    where: str
    cause: str
    mend: str


class Heartbeat(HeartbeatModel):
    """`ended` is empty while the daemon runs, then why it ended. Times are RFC 3339, UTC."""

    run_id: str
    started: str
    ended: str
    tick_seconds: float
    """Between two ticks."""
    ticks: int
    last_tick_seconds: float
    longest_tick_seconds: float
    sites_in_parallel: int
    under_way: int
    visits: int
    pages: int
    received_bytes: int
    workers_killed: int
    tor: TorSaid | None
    faults: tuple[Wrong, ...]

    def to_bytes(self) -> bytes:
        """Return the stored form."""
        return self.model_dump_json().encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> Self | None:
        """Parse a heartbeat; return None if another version wrote it."""
        try:
            return cls.model_validate_json(body)
        except ValidationError:
            return None

    def lively(self, at: datetime, now: datetime) -> bool:
        """Return True if the daemon that wrote this `at` that time probably still runs."""
        return not self.ended and abs(now - at) <= PATIENCE + 3 * timedelta(seconds=self.tick_seconds)


def snapshot(
    run_id: str, started: datetime, limits: tuple[float, int], tallies: Counters, faults: frozenset[Fault], ended: str
) -> Heartbeat:
    """Return the present heartbeat. `limits`: seconds between two ticks, sites in parallel."""
    return Heartbeat(
        run_id=run_id,
        started=rfc3339(started),
        ended=ended,
        tick_seconds=limits[0],
        ticks=tallies.ticks,
        last_tick_seconds=tallies.last_tick_seconds,
        longest_tick_seconds=tallies.longest_tick_seconds,
        sites_in_parallel=limits[1],
        under_way=tallies.under_way,
        visits=sum(tallies.ended().values()),
        pages=tallies.pages,
        received_bytes=tallies.received_bytes,
        workers_killed=tallies.workers_killed,
        tor=_tor(tallies),
        faults=tuple(Wrong(where=fault.where, cause=fault.cause, mend=fault.fix) for fault in sorted(faults, key=str)),
    )


def _tor(tallies: Counters) -> TorSaid | None:
    health = tallies.tor
    if health is None:
        return None
    return TorSaid(
        version=health.version,
        healthy=health.healthy,
        running=health.running,
        bootstrapped=health.bootstrapped,
        circuits_established=health.circuits_established,
        clock_offset_seconds=health.clock.offset_seconds,
    )
