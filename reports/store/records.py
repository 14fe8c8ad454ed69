"""Sealed records, to whom each was sealed, and the referrals in which they went out.

Nothing here can be read on this machine but sizes and times, and those are the same whether something was found or not.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select, update

from reports.store.chunks import chunks
from reports.store.engine import Store
from reports.store.schema import audience, delivery, record, referral
from reports.store.values import Delivery, StoredRecord

PAGE: Final = 64
"""Rows that are read at once: memory stays constant, and no reader stands for long."""


def set_audience(connection: Connection, recipients: Sequence[str]) -> str:
    """The id of this set of recipients, remembered if it is new."""
    audience_id = sha256("\n".join(sorted(recipients)).encode()).hexdigest()[:32]
    known = connection.scalar(select(func.count()).select_from(audience).where(audience.c.audience_id == audience_id))
    if not known:
        rows = [{"audience_id": audience_id, "recipient": recipient} for recipient in set(recipients)]
        connection.execute(insert(audience), rows)
    return audience_id


def keep(connection: Connection, stored: StoredRecord, audience_id: str) -> None:
    """Write one sealed record."""
    connection.execute(
        insert(record).values(
            leaf_index=stored.leaf_index,
            record_id=stored.record_id,
            created=stored.created,
            audience_id=audience_id,
            sealed=stored.sealed,
        )
    )


def undelivered(store: Store, recipient: str) -> Iterator[StoredRecord]:
    """Records sealed to this recipient that went out in no referral to it, oldest first."""
    return _paged(store, _sealed_to(recipient), ~_delivered_to(recipient))


def delivered(store: Store, referral_id: str) -> Iterator[StoredRecord]:
    """The records of one referral, oldest first."""
    mine = select(delivery.c.record_leaf).where(delivery.c.referral_id == referral_id)
    return _paged(store, record.c.leaf_index.in_(mine))


def make_referral(connection: Connection, made: Delivery, record_ids: Iterable[str], leaf_index: int) -> int:
    """Give records to a new referral; returns how many they were.

    Raises ValueError unless every one was sealed to this recipient and has not gone to it yet.
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
    """The referrals in which any of these records went out, oldest first."""
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


def deliveries(connection: Connection) -> tuple[Delivery, ...]:
    """Every referral, oldest first."""
    rows = connection.execute(select(referral).order_by(referral.c.leaf_index))
    return tuple(Delivery(row.referral_id, row.recipient, row.made, row.records, row.file_sha256) for row in rows)


def _deliver(connection: Connection, record_ids: Sequence[str], made: Delivery) -> int:
    fitting = select(record.c.leaf_index).where(
        record.c.record_id.in_(record_ids), _sealed_to(made.recipient), ~_delivered_to(made.recipient)
    )
    leaves = connection.scalars(fitting).all()
    if len(leaves) != len(record_ids):
        strange = len(record_ids) - len(leaves)
        msg = f"{strange} records are unknown, not sealed to this recipient, or already referred to it"
        raise ValueError(msg)
    to = {"recipient": made.recipient, "referral_id": made.referral_id}
    connection.execute(insert(delivery), [{"record_leaf": leaf, **to} for leaf in leaves])
    return len(leaves)


def _paged(store: Store, *conditions: ColumnElement[bool]) -> Iterator[StoredRecord]:
    last = -1
    while True:
        query = select(record).where(record.c.leaf_index > last, *conditions).order_by(record.c.leaf_index).limit(PAGE)
        with store.read() as connection:
            rows = connection.execute(query).all()
        yield from (StoredRecord(row.record_id, row.created, row.sealed, row.leaf_index) for row in rows)
        if len(rows) < PAGE:
            return
        last = rows[-1].leaf_index


def _sealed_to(recipient: str) -> ColumnElement[bool]:
    return record.c.audience_id.in_(select(audience.c.audience_id).where(audience.c.recipient == recipient))


def _delivered_to(recipient: str) -> ColumnElement[bool]:
    mine = (delivery.c.record_leaf == record.c.leaf_index) & (delivery.c.recipient == recipient)
    return exists().where(mine)
