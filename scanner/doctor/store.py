"""The store's file."""

from collections.abc import Iterable
from pathlib import Path

from config.faults import Fault, Refused
from config.settings import Recipient
from reports.files import unwritable
from reports.store.engine import open_store_to_read
from reports.store.errors import StoreFault
from reports.store.rows import records
from scanner.referrals.orphaned_records import unheard_fault, unknown_recipients

_FIX = "Keep a copy as it is, then run `sightline audit verify`, and put the last good copy in its place."


def damaged(path: Path) -> Fault | None:
    """Return what the database itself finds wrong with the store. A missing store is no fault."""
    if not path.exists():
        return None
    if (fault := unwritable(path.parent)) is not None:
        # A database with a write-ahead log cannot even be read there, and says only that it cannot open the file.
        return Fault(str(path), f"cannot be opened: its folder {fault.cause}", fault.fix)
    store = open_store_to_read(path)
    if isinstance(store, Refused):
        return store.faults[0]
    try:
        words = store.damage()
    except StoreFault as error:
        return error.fault
    finally:
        store.close()
    return Fault(str(path), f"is damaged ({words[0]})", _FIX) if words else None


def unheard(path: Path, recipients: Iterable[Recipient]) -> tuple[Fault, ...]:
    """Check for records that wait for nobody. Another check reports an unreadable store."""
    store = open_store_to_read(path) if path.exists() else None
    if store is None or isinstance(store, Refused):
        return ()
    try:
        with store.read() as transaction:
            waiting = records.how_many_wait(transaction)
    except StoreFault:
        return ()
    finally:
        store.close()
    return tuple(unheard_fault(key, count) for key, count in unknown_recipients(waiting, recipients).items())
