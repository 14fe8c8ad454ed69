"""Bounded reading: what is held, what is only digested, what is not read."""

import os
from pathlib import Path

import pytest

from matcher.fingerprint import UndecidedReason, digest
from scanner.local import read_file as reading
from scanner.local.read_file import BEYOND, CHANGED, Large, UnreadFile, Whole, read
from scanner.local.walk import LocalFile
from tests.local.tree import KNOWN


def at(path: Path, *, follow: bool = False) -> LocalFile:
    return LocalFile(bytes(path), (0, 0), 1, follow)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(KNOWN)
    return path


def test_up_to_the_limit_it_is_held_whole(file: Path) -> None:
    assert read(at(file), len(KNOWN)) == Whole(KNOWN)


def test_above_the_limit_it_is_digested(file: Path) -> None:
    large = read(at(file), len(KNOWN) - 1)
    assert isinstance(large, Large)
    assert (large.digests, large.size_bytes) == (digest(KNOWN), len(KNOWN))
    assert large.fingerprint().undecided is UndecidedReason.TOO_MANY_BYTES
    file.write_bytes(b"text" * 1_000_000)
    text = read(at(file), 1000)
    assert isinstance(text, Large)
    assert text.fingerprint().undecided is UndecidedReason.NOT_EXAMINED_TEXT
    assert text.digests == digest(b"text" * 1_000_000)
    assert len(text.untrusted_head) <= 1001


def test_beyond_the_most_nothing_is_read(file: Path) -> None:
    assert read(at(file), 10, most_bytes=len(KNOWN) - 1) == UnreadFile(BEYOND)
    os.truncate(file, 2**42)
    assert read(at(file), 10) == UnreadFile(BEYOND)


def test_a_stream_without_end_is_left() -> None:
    with Path("/dev/zero").open("rb") as endless:
        assert reading._read(endless, 0, 10, 2**22) == UnreadFile(BEYOND)


def test_a_file_of_unknown_size_is_read_to_its_end() -> None:
    found = read(at(Path("/proc/self/status")), 2**20)
    assert isinstance(found, Whole)
    assert found.untrusted_bytes.startswith(b"Name:")


def test_what_took_the_place_of_a_file_is_not_read(tmp_path: Path, file: Path) -> None:
    """Between the walk and the opening: a link to a file, a pipe that nobody writes to."""
    (tmp_path / "link").symlink_to(file)
    os.mkfifo(tmp_path / "pipe")
    assert read(at(tmp_path / "link"), 10) == UnreadFile("could not be read: Too many levels of symbolic links")
    assert read(at(tmp_path / "link", follow=True), len(KNOWN)) == Whole(KNOWN)
    assert read(at(tmp_path / "pipe"), 10) == UnreadFile(CHANGED)
    assert read(at(tmp_path), 10) == UnreadFile("could not be read: Is a directory")
    assert read(at(tmp_path / "gone"), 10) == UnreadFile("could not be read: No such file or directory")


def test_the_time_of_access_stays(file: Path) -> None:
    os.utime(file, ns=(1, 2))
    before = file.stat().st_atime_ns
    read(at(file), len(KNOWN))
    assert file.stat().st_atime_ns == before


def test_bytes_are_in_no_representation(file: Path) -> None:
    assert "JFIF" not in repr(read(at(file), len(KNOWN)))
    assert "JFIF" not in repr(read(at(file), 1000))
