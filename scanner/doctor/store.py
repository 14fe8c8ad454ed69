"""The store's file."""

from pathlib import Path

from config.faults import Fault, Refused
from reports.store.engine import open_store_to_read
from reports.store.errors import StoreFault

_MEND = "Keep a copy as it is, then run `sightline audit verify`, and put the last good copy in its place."


def damaged(path: Path) -> Fault | None:
    """What the database itself finds wrong with the store. None yet is no fault: the first scan makes it."""
    if not path.exists():
        return None
    store = open_store_to_read(path)
    if isinstance(store, Refused):
        return store.faults[0]
    try:
        words = store.damage()
    except StoreFault as error:
        return error.fault
    finally:
        store.close()
    return Fault(str(path), f"is damaged ({words[0]})", _MEND) if words else None
