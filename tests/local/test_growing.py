"""The report as a file: new or gone on with, never followed to, one writer at a time."""

from pathlib import Path

import pytest

from reports import files


def test_each_write_is_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "report"
    with files.growing(path) as file:
        file.write(b"one\n")
        assert path.read_bytes() == b"one\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_cut_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"one\ntw")
    with files.growing(path, goes_on=True) as file:
        assert path.read_bytes() == b"one\ntw", "whole, until whoever holds it has read it"
        file.truncate(4)
        file.write(b"two\n")
    assert path.read_bytes() == b"one\ntwo\n"


def test_nothing_is_overwritten_or_followed_to(tmp_path: Path) -> None:
    there, link = tmp_path / "there", tmp_path / "link"
    there.write_bytes(b"evidence")
    link.symlink_to(there)
    for path, goes_on in ((there, False), (link, False), (link, True)):
        with pytest.raises(OSError, match=r"File exists|symbolic links"), files.growing(path, goes_on=goes_on):
            pass
    assert there.read_bytes() == b"evidence"


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "report"
    with files.growing(path) as file:
        file.write(b"one\n")
        with pytest.raises(BlockingIOError), files.growing(path, goes_on=True):
            pass
        assert path.read_bytes() == b"one\n"
