"""Standard streams that are full, closed or unread: the exit code still says what happened, and never more."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.exit_codes import Exit

COMMAND = (sys.executable, "-c", "from scanner.cli.main import main; main(prog_name='sightline')")


@pytest.fixture
def full() -> Iterator[int]:
    """A device on which every write fails with ENOSPC."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_full_disk_below_standard_output_is_no_finding(tmp_path: Path, full: int, words: tuple[str, ...]) -> None:
    command = (*COMMAND, "init", "--directory", str(tmp_path / "new"), *words)
    ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == Exit.STORE
    assert "standard output" in ended.stderr
    assert "Make room" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_output_that_nobody_reads_has_a_code_of_its_own(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = (*COMMAND, "init", "--directory", str(tmp_path / "new"), "--json")
    ended = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (Exit.UNREAD, "")


def test_with_all_streams_closed_it_does_its_work_and_no_file_takes_their_place(tmp_path: Path) -> None:
    shell = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    ended = subprocess.run((*shell, *COMMAND, "init", "--directory", str(tmp_path / "new"), "--json"), check=False)
    assert ended.returncode == Exit.OK
    written = [path.read_bytes() for path in (tmp_path / "new").rglob("*") if path.is_file()]
    assert written
    assert not any(b'"written"' in content for content in written)


def test_a_folder_that_is_not_there_is_named_with_the_mend_for_that(tmp_path: Path) -> None:
    command = (*COMMAND, "keys", "new", "recipient", str(tmp_path / "none" / "key"), "--json")
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    (fault,) = json.loads(ended.stdout)["faults"]
    assert ended.returncode == Exit.STORE
    assert fault["where"] == str(tmp_path / "none" / "key")
    assert "is not there" in fault["mend"]
