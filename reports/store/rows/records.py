"""Sealed records, their recipients, which of them wait, and the referrals in which they went out.

A waiting record has a row of its own, so that the cost of a query follows the number that wait, not the number ever
made. Nothing here is readable on this machine but sizes and times, and those are the same with findings or without.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from reports.store.chunks import chunks
from reports.store.engine import Store
from reports.store.prepared import PreparedStatement
from reports.store.schema import delivery, record, referral, waiting
from reports.store.values import Delivery, Destroyed, StoredRecord

PAGE: Final = 64
"""Rows read at once: memory stays constant, and no reader lasts long."""


_KEEP: Final = PreparedStatement(insert(record))
_WAIT: Final = PreparedStatement(insert(waiting))

Unwrap = Callable[[datetime | None, bytes], bytes]
"""Turns the stored form of a record into the sealed record (`reports.ledger.retention`)."""


def keep(connection: Connection, stored: StoredRecord, kept: bytes) -> None:
    """Write one sealed record, which from now on waits for its referral; `kept` is its stored form."""
    row = {
        "leaf_index": stored.leaf_index,
        "record_id": stored.record_id,
        "created": stored.created,
        "recipient": stored.recipient,
        "destroy_by": stored.destroy_by,
        "entries": _runs(stored.entries),
        "kept": kept,
    }
    _KEEP.run(connection, row)
    _WAIT.run(connection, {"record_leaf": stored.leaf_index, "recipient": stored.recipient})


def undelivered(store: Store, unwrap: Unwrap, recipient: str) -> Iterator[StoredRecord]:
    """Records sealed to this recipient that went out in no referral to it, oldest first."""
    mine = select(waiting.c.record_leaf).where(waiting.c.recipient == recipient)
    return _paged(store, unwrap, mine)


def how_many_wait(connection: Connection) -> dict[str, int]:
    """Return the number of waiting records, for each recipient that has any."""
    query = select(waiting.c.recipient, func.count().label("records")).group_by(waiting.c.recipient)
    return {row.recipient: row.records for row in connection.execute(query)}


def delivered(store: Store, unwrap: Unwrap, referral_id: str) -> Iterator[StoredRecord]:
    """Yield the records of one referral, oldest first."""
    return _paged(store, unwrap, select(delivery.c.record_leaf).where(delivery.c.referral_id == referral_id))


def make_referral(connection: Connection, made: Delivery, record_ids: Iterable[str], leaf_index: int) -> int:
    """Assign records to a new referral; return their number.

    Raise ValueError unless every one was sealed to this recipient and has not gone to it yet.
    """
    values = {"leaf_index": leaf_index, "referral_id": made.referral_id, "recipient": made.recipient, "made": made.made}
    connection.execute(insert(referral).values(**values, records=0))
    count = sum(_deliver(connection, chunk, made) for chunk in chunks(record_ids))
    connection.execute(update(referral).where(referral.c.leaf_index == leaf_index).values(records=count))
    return count


def confirm(connection: Connection, referral_id: str, file_sha256: str) -> None:
    """Write that a referral's file is whole. Raises ValueError when there is no such referral."""
    statement = update(referral).where(referral.c.referral_id == referral_id).values(file_sha256=file_sha256)
    if connection.execute(statement).rowcount != 1:
        msg = "no such referral"
        raise ValueError(msg)


def referrals_with(connection: Connection, record_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the referrals in which any of these records went out, oldest first."""
    found: dict[str, int] = {}
    for chunk in chunks(record_ids):
        query = (
            select(referral.c.referral_id, referral.c.leaf_index)
            .join_from(referral, delivery, referral.c.referral_id == delivery.c.referral_id)
            .join(record, record.c.leaf_index == delivery.c.record_leaf)
            .where(record.c.record_id.in_(chunk))
        )
        found |= {row.referral_id: row.leaf_index for row in connection.execute(query)}
    return tuple(sorted(found, key=found.__getitem__))


def destroy(connection: Connection, destroy_by: datetime) -> Destroyed:
    """Drop the waiting records of this date; return what they were."""
    of_date = record.c.destroy_by == destroy_by
    unsent = connection.execute(
        delete(waiting).where(waiting.c.record_leaf.in_(select(record.c.leaf_index).where(of_date)))
    ).rowcount
    count = connection.scalar(select(func.count()).select_from(record).where(of_date)) or 0
    query = select(delivery.c.referral_id).distinct().join(record, record.c.leaf_index == delivery.c.record_leaf)
    return Destroyed(destroy_by, count, unsent, tuple(connection.scalars(query.where(of_date))))


def first_to_go(connection: Connection, referral_id: str) -> datetime | None:
    """Return the earliest date by which a record of this referral must be destroyed, or None."""
    query = select(func.min(record.c.destroy_by, type_=record.c.destroy_by.type)).join(
        delivery, delivery.c.record_leaf == record.c.leaf_index
    )
    instant: datetime | None = connection.scalar(query.where(delivery.c.referral_id == referral_id))
    return instant


def recipient_of(connection: Connection, referral_id: str) -> str | None:
    """Whom a referral was made for, or None when there is none of this id."""
    recipient: str | None = connection.scalar(select(referral.c.recipient).where(referral.c.referral_id == referral_id))
    return recipient


def deliveries(connection: Connection) -> tuple[Delivery, ...]:
    """Yield every referral, oldest first."""
    rows = connection.execute(select(referral).order_by(referral.c.leaf_index))
    return tuple(Delivery(row.referral_id, row.recipient, row.made, row.records, row.file_sha256) for row in rows)


def _deliver(connection: Connection, record_ids: Sequence[str], made: Delivery) -> int:
    fitting = (
        select(waiting.c.record_leaf)
        .join(record, record.c.leaf_index == waiting.c.record_leaf)
        .where(record.c.record_id.in_(record_ids), waiting.c.recipient == made.recipient)
    )
    leaves = connection.scalars(fitting).all()
    if len(leaves) != len(record_ids):
        strange = len(record_ids) - len(leaves)
        msg = f"{strange} records are unknown, not sealed to this recipient, or already referred to it"
        raise ValueError(msg)
    connection.execute(insert(delivery), [{"record_leaf": leaf, "referral_id": made.referral_id} for leaf in leaves])
    connection.execute(delete(waiting).where(waiting.c.record_leaf.in_(leaves)))
    return len(leaves)


def _paged(store: Store, unwrap: Unwrap, leaves: Select[int]) -> Iterator[StoredRecord]:
    """Yield the records of these leaves, in order. `leaves` is a query on an index, run again for each page."""
    last, (leaf,) = -1, leaves.selected_columns
    while True:
        some = leaves.where(leaf > last).order_by(leaf).limit(PAGE).scalar_subquery()
        with store.read() as connection:
            query = select(record).where(record.c.leaf_index.in_(some)).order_by(record.c.leaf_index)
            rows = connection.execute(query).all()
        for row in rows:
            sealed = unwrap(row.destroy_by, row.kept)
            entries = _leaves(row.entries)
            yield StoredRecord(
                row.record_id, row.recipient, row.created, sealed, row.leaf_index, row.destroy_by, entries
            )
        if len(rows) < PAGE:
            return
        last = rows[-1].leaf_index


def _runs(leaves: Sequence[int]) -> str:
    """Leaf indexes, ascending, as text: a run as its first and last, for they are logged together."""
    runs: list[list[int]] = []
    for leaf in leaves:
        if runs and runs[-1][1] + 1 == leaf:
            runs[-1][1] = leaf
        else:
            runs.append([leaf, leaf])
    return " ".join(f"{first}-{last}" for first, last in runs)


def _leaves(runs: str) -> tuple[int, ...]:
    ends = (map(int, run.split("-")) for run in runs.split())
    return tuple(leaf for first, last in ends for leaf in range(first, last + 1))
