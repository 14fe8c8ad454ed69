"""`sightline rehearse` as a user calls it: the end-to-end test of the whole of Sightline."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from scanner.rehearsal.cli_runner import PROGRAM
from scanner.rehearsal.marker_site import MARK
from tests.guardrails.canaries import forms
from tests.guardrails.raw_disk import Disk, mounted, unavailable
from tests.guardrails.tracing import file_writes, piped_with, traced, untraceable, written_with

SECONDS = 420
DISK_MEBIBYTES = 384
pytestmark = pytest.mark.timeout(2 * SECONDS)


def command(*words: str) -> list[str]:
    return [*PROGRAM, "rehearse", *words]


def processes_in(directory: Path) -> list[str]:
    """Command lines of running processes that name the directory, or whose working files lie in it."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and process.name != str(os.getpid()):
            try:
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                files = [str(one.readlink()) for one in (process / "fd").iterdir()]
            except OSError:  # it has ended, or is somebody else's
                continue
            found += [words] if str(directory) in words or any(str(directory) in file for file in files) else []
    return found


@dataclass(frozen=True)
class Watched:
    """A whole rehearsal, every write of all its processes on the record, on a disk of its own where there is one."""

    code: int
    told: Any
    complained: str
    directory: Path
    trace: Path
    disk: Disk | None


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    place = tmp_path_factory.mktemp("rehearsal")
    with ExitStack() as stack:
        disk = None if unavailable() else stack.enter_context(mounted(place, DISK_MEBIBYTES))
        ground = disk.folder if disk else place
        directory, trace = ground / "ground", place / "strace.txt"
        done = traced(command("--json", "--directory", str(directory)), trace, ground, SECONDS)
        yield Watched(done.returncode, json.loads(done.stdout or "{}"), done.stderr, directory, trace, disk)


@pytest.mark.network
def test_everything_planted_is_found_and_nothing_else(rehearsed: Watched) -> None:
    assert rehearsed.told["missing"] == []
    assert rehearsed.told["unexpected"] == []
    assert rehearsed.told["found"] == rehearsed.told["planted"] > 100
    assert rehearsed.code == 0


@pytest.mark.network
def test_nothing_unlisted_is_reached_and_nothing_leaves_the_loopback(rehearsed: Watched) -> None:
    assert rehearsed.told["requests_to_unlisted"] == 0
    assert rehearsed.told["sockets_off_loopback"] == []


@pytest.mark.network
def test_the_referral_verifies_and_a_second_scan_repeats_nothing(rehearsed: Watched) -> None:
    told = rehearsed.told
    assert told["verified"] is True
    assert told["referral"]["id"] != told["second_referral"]["id"]
    assert told["repeated"] == 0


@pytest.mark.network
def test_nothing_is_left_behind(rehearsed: Watched) -> None:
    assert not rehearsed.directory.exists()
    assert processes_in(rehearsed.directory) == []


@pytest.mark.network
def test_no_process_wrote_a_marked_byte_to_any_file(rehearsed: Watched) -> None:
    """Nor said it on standard error. The controls: the store was written, and marked bytes went to confined workers."""
    if cause := untraceable():
        pytest.skip(cause)
    assert sum(1 for _ in file_writes(rehearsed.trace)) > 1000
    assert piped_with(rehearsed.trace, MARK) >= 5
    assert written_with(rehearsed.trace, *(form.decode("latin-1") for form in forms(MARK).values())) == set()
    assert MARK not in rehearsed.complained


@pytest.mark.network
def test_no_marked_byte_lies_anywhere_on_the_disk_of_a_rehearsal(rehearsed: Watched) -> None:
    """Searched byte by byte, what was deleted too. The control: the scanner's own files can still be made out."""
    if rehearsed.disk is None:
        pytest.skip(unavailable())
    assert rehearsed.disk.holds({"a store": b"SQLite format 3\0"})
    assert rehearsed.disk.holds(forms(MARK)) == set()


@pytest.mark.slow
@pytest.mark.network
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    directory = tmp_path / "ground"
    with subprocess.Popen(command("--directory", str(directory)), stderr=subprocess.PIPE) as process:
        wait_for(b"keys, configuration, lists", process.stderr)
        assert processes_in(directory)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert not directory.exists()
    assert processes_in(directory) == []


def wait_for(words: bytes, said: IO[bytes] | None) -> None:
    assert said is not None
    for line in said:
        if words in line:
            return
    pytest.fail(f"never said {words.decode()}")


def test_a_folder_in_use_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "somebody's file").touch()
    done = subprocess.run(command("--json", "--directory", str(tmp_path)), capture_output=True, check=False)
    assert done.returncode == 3
    assert "not empty" in json.loads(done.stdout)["faults"][0]["cause"]
    assert (tmp_path / "somebody's file").exists()


def test_a_missing_tor_is_named_with_its_mend(tmp_path: Path) -> None:
    done = subprocess.run(command("--json", "--tor", str(tmp_path / "tor")), capture_output=True, check=False)
    assert done.returncode == 5
    assert "apt-get install tor" in json.loads(done.stdout)["faults"][0]["mend"]
