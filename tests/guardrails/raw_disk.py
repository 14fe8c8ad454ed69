"""A disk of the test's own, in one file: an ext4 file system on a loop device, and a search of its every byte.

Only such a search sees what a file system has forgotten: deleted files, deleted rows, the slack of blocks. It takes an
administrator, and a kernel with loop devices; `unavailable` says what is missing.
"""

import mmap
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Disk:
    """A mounted file system, and the file that holds its every byte."""

    folder: Path
    image: Path

    def holds(self, forms: Mapping[str, bytes]) -> set[str]:
        """Which of these forms lie anywhere on it. Everything is written out first."""
        _run("sync", "-f", str(self.folder))
        with self.image.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as every_byte:
            return {name for name, form in forms.items() if every_byte.find(form) >= 0}


def unavailable() -> str:
    """Why no such disk can be had here; empty when it can."""
    if os.geteuid() != 0:
        return "a loop-mounted file system takes root: run the tests as root"
    missing = [name for name in ("mkfs.ext4", "mount", "umount") if not _found(name)]
    if missing:
        return f"{', '.join(missing)} is not installed (Debian: e2fsprogs, mount)"
    return "" if Path("/dev/loop-control").exists() else "this kernel (or container) gives no loop devices"


@contextmanager
def mounted(place: Path, mebibytes: int) -> Iterator[Disk]:
    """A fresh file system of this size, mounted at `place`/disk while the context lasts."""
    image, folder = place / "disk.img", place / "disk"
    with image.open("wb") as file:
        file.truncate(mebibytes * MEBIBYTE)
    folder.mkdir()
    _run("mkfs.ext4", "-q", "-F", "-m", "0", str(image))
    _run("mount", "-o", "loop", str(image), str(folder))
    try:
        yield Disk(folder, image)
    finally:
        _run("umount", "-l", str(folder))
        image.unlink()


_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _found(name: str) -> bool:
    return any((Path(folder) / name).exists() for folder in _PATH.split(":") if folder)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PATH": _PATH})
