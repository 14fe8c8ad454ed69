"""Hash lists at rest, sealed (age) to a key of the scanner's own, decrypted into memory only.

- A list is one file with everything that was folded into it, and a small file for each change since: a withdrawal from
  ten million entries costs a small file, and a scanner that runs takes in that file alone.
- A change names the very file that it changes, by its digest. One that names another is of an earlier edition, which a
  crash left behind, and is not read.
- Writers wait for each other; readers see a change or do not.
- The log comes first: a list or a change takes its name once its writer has logged it. Killed in between, the log is
  ahead and what was in force is so still; the same command, repeated, completes it. The other way round, a list could
  be in force that no log names, or an entry gone of which no recipient is ever told.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path
from typing import Final

from config.faults import Fault, Refused
from config.layout import Layout
from matcher.hash_lists import stored
from matcher.hash_lists.entry import ListHeader
from matcher.hash_lists.hash_list import Chain, HashList
from reports import files
from reports.crypto.seal import recipient_of, seal_into, unseal_from

SUFFIX = ".age"
MOST_CHANGES: Final = 64
"""Beyond it, the changes are folded into the list."""
_CHANGE = re.compile(r"(?P<name>[^~]+)~(?P<edition>[0-9a-f]{16})~(?P<number>[0-9]{5})\.age")


Logged = Callable[[], object]
"""Logs what is written, once it is whole on the disk and before it is in force. If it raises, nothing has changed."""

FileStamp = tuple[int, int, int]
"""A file's number, time of change and size: differs when the file may differ."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Every list and change, each list's oldest first, and what they were read from."""

    lists: tuple[HashList, ...]
    stamps: Mapping[str, FileStamp]
    """Of each list's own file, by the list's name."""
    editions: Mapping[str, str]
    changes: frozenset[str]
    """The names of the files of changes."""


def keep(layout: Layout, identity: str, hash_list: HashList, logged: Logged) -> Refused | None:
    """Write a list in place of its earlier edition and its changes. Raises OSError when the disk does not take it."""
    refused = files.private_directory(layout.hash_lists)
    if refused is None:
        with _writing(layout):
            _keep(layout, identity, hash_list, logged)
    return refused


def append(
    layout: Layout, identity: str, name: str, said: Callable[[ListHeader], HashList], logged: Logged
) -> HashList | Refused:
    """Write the change that `said` makes of the newest header, and return it. Raises OSError as `keep` does."""
    base = _path(layout, name)
    if not base.exists():
        return _not_held(name)
    with _writing(layout):
        edition = _edition(base)
        changes = _changes(layout, name, edition)
        newest = _load(changes[-1] if changes else base, identity)
        if isinstance(newest, Refused):
            return newest
        change = said(newest.header)
        path = layout.hash_lists / f"{name}~{edition}~{len(changes) + 1:05}{SUFFIX}"
        _write(path, identity, change, logged)
        if len(changes) >= MOST_CHANGES:
            folded = load_one(layout, identity, name)
            if isinstance(folded, Refused):
                return folded
            _keep(layout, identity, folded, _logged_before)
    return change


def load_one(layout: Layout, identity: str, name: str) -> HashList | Refused:
    """The list of this name, with every change folded into it."""
    if name not in _names(layout):
        return _not_held(name)
    base = _path(layout, name)
    return _folded([_load(path, identity) for path in (base, *_changes(layout, name, _edition(base)))])


def load_all(layout: Layout, identity: str) -> tuple[HashList, ...] | Refused:
    """Every list at rest, by name, folded. Refused when one cannot be read: without it there would be silent misses."""
    found = [load_one(layout, identity, name) for name in _names(layout)]
    faults = [fault for one in found if isinstance(one, Refused) for fault in one.faults]
    if faults:
        return Refused(tuple(faults))
    return tuple(one for one in found if isinstance(one, HashList))


def load(layout: Layout, identity: str) -> Loaded | Refused:
    """Every list and every change at rest. Refused when one cannot be read.

    An edition that comes while they are read has them read again: no list is read with the changes of another edition.
    """
    while True:
        found = stamps(layout)
        try:
            loaded = _loaded(layout, identity, found)
        except FileNotFoundError:
            if stamps(layout) == found:
                raise
            continue
        if stamps(layout) == found:
            return loaded


def _loaded(layout: Layout, identity: str, found: Mapping[str, FileStamp]) -> Loaded | Refused:
    editions = {name: _edition(_path(layout, name)) for name in found}
    changes = [path for name in found for path in _changes(layout, name, editions[name])]
    lists = _all([*(_path(layout, name) for name in found), *changes], identity)
    if isinstance(lists, Refused):
        return lists
    return Loaded(lists, found, editions, frozenset(path.name for path in changes))


def later(layout: Layout, identity: str, before: Loaded) -> Loaded | Refused | None:
    """The changes that came after `before` to lists that are still in that edition; None where there are none such, and
    a list is new, gone or in another edition. Raises FileNotFoundError when one went while it was read.
    """
    found = stamps(layout)
    same = [name for name, stamp in before.stamps.items() if found.get(name) == stamp]
    changes = [path for name in same for path in _changes(layout, name, before.editions[name])]
    new = [path for path in changes if path.name not in before.changes]
    if not new and found != before.stamps:
        return None
    lists = _all(new, identity)
    if isinstance(lists, Refused):
        return lists
    return replace(before, lists=lists, changes=before.changes | {path.name for path in new})


def stamps(layout: Layout) -> dict[str, FileStamp]:
    """Of each list's own file, by the list's name."""
    found = {name: _path(layout, name).stat() for name in _names(layout)}
    return {name: (status.st_ino, status.st_mtime_ns, status.st_size) for name, status in found.items()}


def is_change(name: str) -> bool:
    """Whether a file of this name holds a change to a list."""
    return _CHANGE.fullmatch(name) is not None


def _keep(layout: Layout, identity: str, hash_list: HashList, logged: Logged) -> None:
    """Oldest first, the changes go once the list is there: their edition is no longer the list's."""
    name = hash_list.header.name
    earlier = sorted(path for path in layout.hash_lists.glob(f"{name}~*{SUFFIX}") if _CHANGE.fullmatch(path.name))
    _write(_path(layout, name), identity, hash_list, logged)
    for path in earlier:
        path.unlink(missing_ok=True)


def _write(path: Path, identity: str, hash_list: HashList, logged: Logged) -> None:
    with files.writing(path) as file:
        seal_into(file, stored.dump(hash_list), [recipient_of(identity)])
        file.flush()  # a full disk shows here, while nothing is logged yet
        logged()


def _logged_before() -> None:
    """A folding says nothing new."""


@contextmanager
def _writing(layout: Layout) -> Iterator[None]:
    with files.exclusively(layout.hash_lists / ".lock"):
        files.sweep_unfinished(layout.hash_lists)
        yield


def _not_held(name: str) -> Refused:
    fix = "`sightline hashes status` names those that are; import it first."
    return Refused((Fault(name, "is no hash list in force", fix),))


def _names(layout: Layout) -> list[str]:
    return sorted(
        path.name.removesuffix(SUFFIX) for path in layout.hash_lists.glob(f"*{SUFFIX}") if "~" not in path.name
    )


def _edition(base: Path) -> str:
    with base.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()[:16]


def _changes(layout: Layout, name: str, edition: str) -> list[Path]:
    """The files of a list's changes, oldest first."""
    return sorted(
        path
        for path in layout.hash_lists.glob(f"{name}~{edition}~*{SUFFIX}")
        if (found := _CHANGE.fullmatch(path.name)) and found["name"] == name
    )


def _folded(found: Sequence[HashList | Refused]) -> HashList | Refused:
    faults = [fault for one in found if isinstance(one, Refused) for fault in one.faults]
    if faults:
        return Refused(tuple(faults))
    lists = [one for one in found if isinstance(one, HashList)]
    return lists[0] if len(lists) == 1 else Chain.of(lists).folded()


def _all(paths: Sequence[Path], identity: str) -> tuple[HashList, ...] | Refused:
    found = [_load(path, identity) for path in paths]
    faults = [fault for one in found if isinstance(one, Refused) for fault in one.faults]
    return Refused(tuple(faults)) if faults else tuple(one for one in found if isinstance(one, HashList))


def _load(path: Path, identity: str) -> HashList | Refused:
    with path.open("rb") as file:
        plain = unseal_from(file, identity)
    hash_list = plain if isinstance(plain, Refused) else stored.load(plain)
    if isinstance(hash_list, Refused):
        cause = f"cannot be opened: {hash_list.faults[0].cause}"
        return Refused((Fault(str(path), cause, "Import the list again, or restore the key it was sealed with."),))
    return hash_list


def _path(layout: Layout, name: str) -> Path:
    return layout.hash_lists / f"{name}{SUFFIX}"
