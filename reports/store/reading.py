"""A store as an audit reads it: raw values, in ranges, trusting nothing of what the rows say."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, func, select

from config.faults import Fault, Refused
from reports.crypto.signing import PublicKey
from reports.log.audit import Audit, AuditReport, KeptRecord, KeptReferral
from reports.log.checkpoint import Checkpoint, TreeHead
from reports.log.entry import LogEntry
from reports.log.key_succession import lineage
from reports.store.engine import Store, open_store_to_read
from reports.store.errors import StoreFault
from reports.store.raw_values import as_bytes, as_number, as_text, raw
from reports.store.rows.leaves import RESTORE, read_head, read_succession
from reports.store.schema import delivery, leaf, node, record, referral


def audit_store(
    path: Path,
    trusted: tuple[PublicKey, ...],
    earlier: Checkpoint | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> AuditReport | Refused:
    """Audit the log in this file, without writing to it. Refused when it is no store that can be opened."""
    store = open_store_to_read(path)
    if isinstance(store, Refused):
        return store
    audit = Audit(StoredLog(store), _led_on(store, trusted), earlier)
    try:
        for damage in store.damage():
            audit.report.add(store.name, damage)
        return audit.run(progress)
    except StoreFault as error:
        audit.report.add(error.fault.where, f"cannot be read on: {error.fault.cause}", error.fault.fix)
        return audit.report
    finally:
        store.close()


def stored_lineage(path: Path, trusted: PublicKey) -> tuple[PublicKey, ...]:
    """Return the keys that signed this store's log, newest first, if `trusted` is among them; else `trusted` alone."""
    store = open_store_to_read(path)
    if isinstance(store, Refused):
        return (trusted,)
    try:
        return _led_on(store, (trusted,))
    finally:
        store.close()


def _led_on(store: Store, trusted: tuple[PublicKey, ...]) -> tuple[PublicKey, ...]:
    """Return the trusted keys, followed to the newest where their lineage holds."""
    try:
        with store.read() as connection:
            head, statements = read_head(connection), read_succession(connection)
    except StoreFault:
        return trusted
    keys = lineage(head.public_key, statements) if head else ()
    return keys if any(key in keys for key in trusted) else trusted


def stored_checkpoint(path: Path) -> str | Refused:
    """Return the signed head of the log in this file. Refuse it if it is missing or does not hold."""
    store = open_store_to_read(path)
    if isinstance(store, Refused):
        return store
    try:
        head = StoredLog(store).head()
    except StoreFault as error:
        return Refused((error.fault,))
    finally:
        store.close()
    if head is None or not head.holds():
        return Refused((Fault(str(path), "its log has no head that holds", RESTORE),))
    return head.signed()


def newest_entry(path: Path) -> LogEntry | None:
    """Return the log's last entry in this file; None if there is none, or none that can be read."""
    store = open_store_to_read(path) if path.exists() else None
    if store is None or isinstance(store, Refused):
        return None
    try:
        log = StoredLog(store)
        head = log.head()
        leaves = log.leaves(head.size - 1, 1) if head else ()
        return LogEntry.from_bytes(leaves[0][1]) if leaves else None
    except (StoreFault, ValueError):
        return None
    finally:
        store.close()


class StoredLog:
    """The log of one store, for `reports.log.audit.Audit`. Raises StoreFault when the file cannot be read on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def head(self) -> TreeHead | None:
        """Return the signed head, or None if there is none."""
        with self._store.read() as connection:
            return read_head(connection)

    def leaves(self, first: int, count: int) -> Sequence[tuple[int, bytes]]:
        """Leaf index and entry, in order."""
        return self._hashes(leaf.c.leaf_index, leaf.c.body, _within(leaf.c.leaf_index, first, count))

    def nodes(self, level: int, first: int, count: int) -> Sequence[tuple[int, bytes]]:
        """Position and hash of the full nodes of one level, in order."""
        return self._hashes(
            node.c.position, node.c.hash, (node.c.level == level) & _within(node.c.position, first, count)
        )

    def records(self, first: int, count: int) -> Iterator[KeptRecord]:
        """Yield the sealed records whose leaf is in the range, in order; one in memory at a time."""
        query = select(*map(raw, (record.c.leaf_index, record.c.record_id, record.c.kept)))
        inside = _within(record.c.leaf_index, first, count)
        for index, name, kept in self._rows(query.where(inside).order_by(record.c.leaf_index)):
            yield KeptRecord(as_number(index), as_text(name), sha256(as_bytes(kept)).hexdigest())

    def referrals(self, first: int, count: int) -> Iterator[KeptReferral]:
        """Yield the referrals whose leaf is in the range, in order."""
        given = select(func.count()).where(delivery.c.referral_id == referral.c.referral_id).scalar_subquery()
        columns = (referral.c.leaf_index, referral.c.referral_id, referral.c.recipient, referral.c.records)
        inside = _within(referral.c.leaf_index, first, count)
        for row in self._rows(select(*map(raw, columns), given).where(inside).order_by(referral.c.leaf_index)):
            index, name, recipient, records, deliveries = row
            yield KeptReferral(
                as_number(index), as_text(name), as_text(recipient), as_number(records), as_number(deliveries)
            )

    def totals(self) -> tuple[int, int, int]:
        """Return the numbers of leaves, nodes and records."""
        counts = (select(func.count()).select_from(table).scalar_subquery() for table in (leaf, node, record))
        ((leaves, nodes, records),) = self._rows(select(*counts))
        return leaves, nodes, records

    def _hashes(
        self, number: Column[int], value: Column[bytes], where: ColumnElement[bool]
    ) -> Sequence[tuple[int, bytes]]:
        query = select(raw(number), raw(value)).where(where).order_by(number)
        return [(as_number(index), as_bytes(found)) for index, found in self._rows(query)]

    def _rows(self, query: Select[*tuple[Any, ...]]) -> Iterator[Row[*tuple[Any, ...]]]:
        with self._store.read() as connection:
            yield from connection.execute(query)


def _within(column: Column[int], first: int, count: int) -> ColumnElement[bool]:
    return column.between(first, first + count - 1)
