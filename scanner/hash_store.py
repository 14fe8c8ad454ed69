"""Hash lists at rest: one file a list, sealed (age) to a key of the scanner's own, decrypted into memory only."""

from pathlib import Path

from config.faults import Fault, Refused
from config.layout import Layout
from matcher.hash_lists import stored
from matcher.hash_lists.hash_list import HashList
from reports import files
from reports.seal import recipient_of, seal, unseal

SUFFIX = ".age"


def keep(layout: Layout, identity: str, hash_list: HashList) -> Refused | None:
    """Write a list in place of its earlier version. Raises OSError when the disk does not take it."""
    refused = files.private_directory(layout.hash_lists)
    if refused is None:
        files.write(_path(layout, hash_list.header.name), seal(stored.dump(hash_list), [recipient_of(identity)]))
    return refused


def load_all(layout: Layout, identity: str) -> tuple[HashList, ...] | Refused:
    """Every list at rest, by name. Refused when one cannot be read: without it there would be silent misses."""
    paths = sorted(layout.hash_lists.glob(f"*{SUFFIX}"))
    found = [_load(path, identity) for path in paths]
    faults = [fault for one in found if isinstance(one, Refused) for fault in one.faults]
    if faults:
        return Refused(tuple(faults))
    return tuple(one for one in found if isinstance(one, HashList))


def _load(path: Path, identity: str) -> HashList | Refused:
    plain = unseal(path.read_bytes(), identity)
    hash_list = plain if isinstance(plain, Refused) else stored.load(plain)
    if isinstance(hash_list, Refused):
        cause = f"cannot be opened: {hash_list.faults[0].cause}"
        return Refused((Fault(str(path), cause, "Import the list again, or restore the key it was sealed with."),))
    return hash_list


def _path(layout: Layout, name: str) -> Path:
    return layout.hash_lists / f"{name}{SUFFIX}"
