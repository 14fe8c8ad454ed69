"""The files at and below the named paths, in an order that depends on the tree alone.

- Folders are walked depth first, names in byte order. Only the names of a folder are held in memory.
- A symbolic link is followed only if it was named on the command line: no walk leaves its tree.
- Nothing is dropped. A path that is not examined (a link, a pipe, a socket, a device, an unreadable file, the report
  itself) is an entry with its reason.
- Opening leaves as little trace as the system allows. Nothing is opened for writing, a pipe or terminal cannot block,
  and the access time stays where the kernel permits that (Linux: for the owner of the file, and for root).
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

Inode = tuple[int, int]
"""Device and number of a file, equal for all its names."""

STANDARD_INPUT: Final = b"-"
_READ_ONLY: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A plain file. `names` counts its hard links; with `follow`, the path may be a symbolic link."""

    path: bytes
    inode: Inode
    names: int
    follow: bool = False


@dataclass(frozen=True, slots=True)
class StandardInput:
    """The bytes of one picture on standard input."""

    path: bytes = STANDARD_INPUT


@dataclass(frozen=True, slots=True)
class SkippedPath:
    """A path that is not examined, and the reason."""

    path: bytes
    reason: str


Readable = LocalFile | StandardInput
WalkEntry = Readable | SkippedPath

SYMBOLIC_LINK: Final = "a symbolic link: not followed"
NOT_ENTERED: Final = "a folder in a list of files: not entered"
OWN_REPORT: Final = "the report that is being written"
_SPECIAL: Final[tuple[tuple[Callable[[int], bool], str], ...]] = (
    (stat.S_ISLNK, SYMBOLIC_LINK),
    (stat.S_ISFIFO, "a named pipe: not opened"),
    (stat.S_ISSOCK, "a socket: not opened"),
    (stat.S_ISBLK, "a block device: not opened"),
    (stat.S_ISCHR, "a character device: not opened"),
)
_UNKNOWN_KIND: Final = "neither a file nor a folder: not opened"


def not_read(error: OSError) -> str:
    """Return the reason for a path that the system did not let us read."""
    return f"could not be read: {error.strerror or type(error).__name__}"


def walk(roots: Iterable[bytes], reports: frozenset[Inode] = frozenset()) -> Iterator[WalkEntry]:
    """Yield each path at and below the roots; `-` is standard input. This run writes to `reports`."""
    for root in roots:
        if root == STANDARD_INPUT:
            yield StandardInput()
        else:
            yield from _tree(root, reports)


def listed(paths: Iterable[bytes], reports: frozenset[Inode] = frozenset()) -> Iterator[WalkEntry]:
    """Yield exactly these paths: no folder is entered, no link followed."""
    for path in paths:
        found = _look(path, reports, follow=False)
        yield found or SkippedPath(path, NOT_ENTERED)


def distinct(roots: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Return the roots, and those omitted because they are within another, so that each path comes once."""
    first: dict[bytes, bytes] = {}
    again = []
    for root in roots:
        place = _place(root)
        if place in first:
            again.append(root)
        first.setdefault(place, root)
    within = [root for place, root in first.items() if any(above in first for above in _above(place))]
    return [root for root in first.values() if root not in within], again + within


def _place(root: bytes) -> bytes:
    return root if root == STANDARD_INPUT else os.path.realpath(root)


def _above(place: bytes) -> Iterator[bytes]:
    """Yield the folders above a resolved path, up to the root."""
    while place != (place := os.path.dirname(place)):
        yield place


def _tree(root: bytes, reports: frozenset[Inode]) -> Iterator[WalkEntry]:
    """Walk depth first without recursion: a tree may be deeper than the stack."""
    levels: list[Iterator[bytes]] = [iter((root,))]
    while levels:
        path = next(levels[-1], None)
        if path is None:
            levels.pop()
            continue
        at_root = len(levels) == 1
        entry = _look(path, reports, follow=at_root) or _names(path, follow=at_root)
        if isinstance(entry, list):
            levels.append(_below(path, entry))
        else:
            yield entry


def _look(path: bytes, reports: frozenset[Inode], *, follow: bool) -> LocalFile | SkippedPath | None:
    """Return the entry for a path; None for a folder."""
    try:
        status = os.stat(path, follow_symlinks=follow)
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        return SkippedPath(path, not_read(error) if isinstance(error, OSError) else "not a path")
    inode = (status.st_dev, status.st_ino)
    if stat.S_ISDIR(status.st_mode):
        return None
    if stat.S_ISREG(status.st_mode):
        return SkippedPath(path, OWN_REPORT) if inode in reports else LocalFile(path, inode, status.st_nlink, follow)
    return SkippedPath(path, next((reason for is_kind, reason in _SPECIAL if is_kind(status.st_mode)), _UNKNOWN_KIND))


def _names(folder: bytes, *, follow: bool) -> list[str] | SkippedPath:
    try:
        descriptor = open_to_read(folder, follow=follow, folder=True)
        try:
            return os.listdir(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        return SkippedPath(folder, f"a folder that {not_read(error)}")


def _below(folder: bytes, names: list[str]) -> Iterator[bytes]:
    for name in sorted(map(os.fsencode, names)):
        yield os.path.join(folder, name)


def open_to_read(path: bytes, *, follow: bool, folder: bool = False) -> int:
    """Return a descriptor. With `follow`, the last part of the path may be a symbolic link. Raises OSError."""
    flags = _READ_ONLY | (0 if follow else os.O_NOFOLLOW) | (os.O_DIRECTORY if folder else 0)
    try:
        return os.open(path, flags | os.O_NOATIME)
    except PermissionError:
        return os.open(path, flags)
