"""Hash lists at rest: one file a list, sealed (age) to a key of the scanner's own, decrypted into memory only.

A list is kept with every change folded into it: what it holds, what was withdrawn from it, and what is on hold.
"""

from pathlib import Path

from config.faults import Fault, Refused
from config.layout import Layout
from matcher.hash_lists import stored
from matcher.hash_lists.hash_list import Chain, HashList
from reports import files
from reports.seal import recipient_of, seal, unseal

SUFFIX = ".age"


def keep(layout: Layout, identity: str, hash_list: HashList) -> Refused | None:
    """Write a list in place of its earlier version. Raises OSError when the disk does not take it."""
    refused = files.private_directory(layout.hash_lists)
    if refused is None:
        files.write(_path(layout, hash_list.header.name), seal(stored.dump(hash_list), [recipient_of(identity)]))
    return refused


def change(layout: Layout, identity: str, said: HashList) -> HashList | Refused:
    """Apply a change to the list of its name, and keep the outcome. Raises OSError when the disk does not take it."""
    held = load_one(layout, identity, said.header.name)
    if isinstance(held, Refused):
        return held
    folded = Chain.of([held, said]).folded()
    return keep(layout, identity, folded) or folded


def load_one(layout: Layout, identity: str, name: str) -> HashList | Refused:
    """The list of this name."""
    path = _path(layout, name)
    if not path.exists():
        mend = "`sightline hashes status` names those that are; import it first."
        return Refused((Fault(name, "is no hash list in force", mend),))
    return _load(path, identity)


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
