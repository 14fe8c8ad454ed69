"""The log's last statements: about the configuration (a row a kind), and about existing lists (a row a list).

The log itself counts. These rows only spare a search through it, and are written in one transaction with it.
"""

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from reports.log.entry import Details, Kind, LogEntry
from reports.store.rows.leaves import read_leaf
from reports.store.schema import stated

WHOLE = ""
"""The name of a row that stands for everything that an entry of its kind says."""


def last_said(connection: Connection, kind: Kind) -> Details | None:
    """Return the log's last statement of this kind; None if there is none."""
    query = select(stated.c.leaf_index).where(stated.c.kind == kind.value, stated.c.name == WHOLE)
    leaf_index: int | None = connection.scalar(query)
    return None if leaf_index is None else LogEntry.from_bytes(read_leaf(connection, leaf_index)).details


def keep_leaf(connection: Connection, kind: Kind, leaf_index: int) -> None:
    """Record that the log's last statement is at this leaf."""
    forget(connection, kind, [WHOLE])
    connection.execute(insert(stated).values(kind=kind.value, name=WHOLE, leaf_index=leaf_index))


def names(connection: Connection, kind: Kind) -> frozenset[str]:
    """Return the recorded lists, of those whose removal is logged as this kind."""
    return frozenset(connection.scalars(select(stated.c.name).where(stated.c.kind == kind.value)))


def add(connection: Connection, kind: Kind, new: Collection[str]) -> None:
    """Write that there are these as well."""
    if new:
        connection.execute(insert(stated), [{"kind": kind.value, "name": name} for name in new])


def forget(connection: Connection, kind: Kind, gone: Collection[str]) -> None:
    """Write that there are these no longer."""
    for name in gone:
        connection.execute(delete(stated).where(stated.c.kind == kind.value, stated.c.name == name))
