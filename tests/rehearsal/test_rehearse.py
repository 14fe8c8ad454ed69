"""`sightline rehearse` as a user calls it: the end-to-end test of the whole of Sightline."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import IO, Any

import pytest

from scanner.rehearsal.command import PROGRAM

SECONDS = 280


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


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Any, Path]:
    """Exit status, printed JSON, and the folder in which it was."""
    directory = tmp_path_factory.mktemp("rehearsal") / "ground"
    done = subprocess.run(
        command("--json", "--directory", str(directory)), capture_output=True, timeout=SECONDS, check=False
    )
    return done.returncode, json.loads(done.stdout or b"{}"), directory


@pytest.mark.network
def test_everything_planted_is_found_and_nothing_else(rehearsed: tuple[int, Any, Path]) -> None:
    code, told, _ = rehearsed
    assert told["missing"] == []
    assert told["unexpected"] == []
    assert told["found"] == told["planted"] > 100
    assert code == 0


@pytest.mark.network
def test_nothing_unlisted_is_reached_and_nothing_leaves_the_loopback(rehearsed: tuple[int, Any, Path]) -> None:
    _, told, _ = rehearsed
    assert told["requests_to_unlisted"] == 0
    assert told["sockets_off_loopback"] == []


@pytest.mark.network
def test_the_referral_verifies_and_a_second_scan_repeats_nothing(rehearsed: tuple[int, Any, Path]) -> None:
    _, told, _ = rehearsed
    assert told["verified"] is True
    assert told["referral"]["id"] != told["second_referral"]["id"]
    assert told["repeated"] == 0


@pytest.mark.network
def test_nothing_is_left_behind(rehearsed: tuple[int, Any, Path]) -> None:
    _, _, directory = rehearsed
    assert not directory.exists()
    assert processes_in(directory) == []


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
