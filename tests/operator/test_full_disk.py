"""A command on a disk with hardly any room: refused in plain words, whatever size the disk's blocks have."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.exit_codes import Exit
from reports.store.engine import ROOM_TO_WRITE
from tests.guardrails.raw_disk import MEBIBYTE, Disk, mounted, unavailable
from tests.operator.desk import Desk

KIBIBYTE = 2**10
ROOMS = (0, 2, 4, 6, 8, 10, 12, 16, 24, 32, 40, 44, 48, 64)
"""KiB. With some of these SQLite's shared memory gets its file, full of holes, and not what fills them."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """With blocks of 1 KiB, as mkfs makes them on small disks."""
    if missing := unavailable():
        pytest.skip(missing)
    with mounted(tmp_path, 12 + ROOM_TO_WRITE // MEBIBYTE) as disk:
        assert os.statvfs(disk.folder).f_frsize == KIBIBYTE
        yield disk


def filled(folder: Path, kibibytes_left: int) -> Path:
    """A file that leaves no more than this free."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file:
        for size in (MEBIBYTE, KIBIBYTE):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
        os.fsync(file.fileno())
        file.truncate(file.tell() - kibibytes_left * KIBIBYTE)
        os.fsync(file.fileno())
    return path


def ended_with(desk: Desk, *words: str) -> int:
    """In a process of its own: a signal would end it."""
    child = os.fork()
    if child == 0:
        os._exit(desk.run(*words).exit_code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_nothing_is_killed_and_nothing_is_half_written(disk: Disk) -> None:
    folder = disk.folder / "scanner"
    folder.mkdir()
    desk, codes = Desk(folder), set()
    for room in ROOMS:
        ballast = filled(disk.folder, room)
        codes |= {ended_with(desk, *words) for words in (["pause"], ["status"], ["audit", "verify"])}
        ballast.unlink()
    assert codes == {Exit.STORE}
    assert desk.json("audit", "verify")["holds"]
    assert desk.json("status")["control"]["mode"] == "running"
    assert ended_with(desk, "pause") == Exit.OK
    assert desk.json("status")["control"]["mode"] == "paused"
