"""A folder as it is found in a backlog, and what stands in it."""

import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.matcher.pictures import jpeg, png, scene

KNOWN, OTHER = jpeg(scene(1)), jpeg(scene(2))
EDITED = jpeg(scene(1), quality=60)
"""The known picture, saved again."""


def make(root: Path) -> None:
    """Pictures, text, names of any bytes, hard links, symbolic links in and out, a pipe, a socket, a cut file."""
    inner = root / "inner"
    inner.mkdir(parents=True)
    (root / "known.jpg").write_bytes(KNOWN)
    (root / "other.jpg").write_bytes(OTHER)
    (root / "other.png").write_bytes(png(scene(3, 160, 120)))
    (inner / "edited.bin").write_bytes(EDITED)
    (inner / "cut.jpg").write_bytes(OTHER[: len(OTHER) // 2])
    (inner / "notes.txt").write_text("notes")
    (inner / "empty").touch()
    Path(os.fsdecode(bytes(inner) + b"/\xff\xfe \x1b[2J\n.jpg")).write_bytes(OTHER)
    os.link(root / "known.jpg", inner / "another name")
    (inner / "up").symlink_to(root)
    (inner / "out").symlink_to("/etc/passwd")
    os.mkfifo(inner / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(inner / "socket"))


@dataclass(frozen=True)
class _Seen:
    mode: int
    links: int
    size: int
    modified: int
    changed: int
    inode: int


def state(root: Path) -> dict[str, dict[str, int]]:
    """Every path with what would tell of a write to it: sizes, times, links, and each folder's own times."""
    found = {}
    for path in (root, *sorted(root.rglob("*"))):
        status = path.lstat()
        seen = _Seen(
            status.st_mode, status.st_nlink, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
        )
        found[str(path)] = asdict(seen)
    return found
