"""The operator's mode for the scanner, and the daemon's heartbeat: one row each.

The mode outlives the daemon: a paused scanner stays paused over a restart. A drain belongs to the run that it ends.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select

from reports.store.schema import control, snapshot


class Mode(StrEnum):
    """What the scanner may do."""

    RUNNING = "running"
    PAUSED = "paused"
    """Starts no visit; visits under way continue to their end."""
    DRAINING = "draining"
    """The same, and the daemon ends when its visits have."""


@dataclass(frozen=True, slots=True)
class ControlState:
    """The mode, since when (None: never changed), and the operator's reason."""

    mode: Mode = Mode.RUNNING
    since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """The daemon's last heartbeat: its time and bytes (`scanner.daemon.heartbeat`)."""

    at: datetime
    body: bytes


def asked(connection: Connection) -> ControlState:
    """Return the mode in force."""
    row = connection.execute(select(control)).one_or_none()
    return ControlState() if row is None else ControlState(Mode(row.mode), row.since, row.reason)


def ask(connection: Connection, wanted: ControlState) -> None:
    """Put another mode in its place."""
    _replace(connection, control, control_id=1, mode=wanted.mode.value, since=wanted.since, reason=wanted.reason)


def publish(connection: Connection, published: Published) -> None:
    """Put a newer word of the daemon in the place of the last."""
    _replace(connection, snapshot, snapshot_id=1, at=published.at, body=published.body)


def published(connection: Connection) -> Published | None:
    """Return the daemon's last heartbeat, or None."""
    row = connection.execute(select(snapshot)).one_or_none()
    return None if row is None else Published(row.at, row.body)


def _replace(connection: Connection, table: Table, **values: Any) -> None:  # noqa: ANN401 - a row of any table
    connection.execute(delete(table))
    connection.execute(insert(table).values(**values))
