"""Which tor is used, and which is refused: fake programs that only say a version."""

from pathlib import Path

import pytest

from config.faults import Fault, Refused
from scanner.rehearsal.network.programs import TorPrograms, find_programs
from scanner.tor import OLDEST, OwnTor, Version, find_program, start_tor, tor_version


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def program(folder: Path, script: str) -> Path:
    path = folder / "tor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return path


def saying(folder: Path, version: str) -> Path:
    return program(folder, f"echo 'Tor version {version}.'")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Tor version 0.4.9.11.", Version((0, 4, 9, 11))),
        ("Tor version 0.5.0.1-alpha-dev (git-0123456789abcdef).", Version((0, 5, 0, 1), "-alpha-dev")),
        ("0.4.9.11 (git-1)", Version((0, 4, 9, 11))),
        ("Tor version 1.2.3", None),
        ("", None),
    ],
)
def test_a_version_is_read_out_of_what_tor_says(text: str, version: Version | None) -> None:
    assert Version.parse(text) == version


def test_versions_compare_as_numbers() -> None:
    assert Version((0, 4, 9, 9)) < Version((0, 4, 9, 11)) < Version((0, 4, 10, 1)) < Version((0, 5, 0, 0))


@pytest.mark.parametrize("version", ["0.4.9.11", "0.4.9.12", "0.4.10.1-alpha", "0.5.0.1"])
def test_a_new_enough_tor_is_taken(version: str, folder: Path) -> None:
    assert str(tor_version(saying(folder, version))) == version


@pytest.mark.parametrize("version", ["0.4.9.10", "0.4.8.99", "0.3.9.12"])
def test_an_old_tor_is_refused_with_the_reason(version: str, folder: Path) -> None:
    fault = tor_version(saying(folder, version))
    assert isinstance(fault, Fault)
    assert version in fault.cause
    assert str(OLDEST) in fault.cause
    assert "onion service" in fault.cause


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ("echo nothing of the kind", "it is not tor"),
        ("exit 1", "ended with code 1"),
        ("kill -SEGV $$", "was ended by Segmentation fault"),
    ],
)
def test_what_is_not_tor_or_is_broken_is_refused_by_its_cause(script: str, cause: str, folder: Path) -> None:
    fault = tor_version(program(folder, script))
    assert isinstance(fault, Fault)
    assert cause in fault.cause
    assert ("by hand" in fault.fix) is (cause != "it is not tor")


def test_what_is_no_program_of_this_machine_is_refused(folder: Path) -> None:
    path = program(folder, "")
    path.write_bytes(bytes(100))
    fault = tor_version(path)
    assert isinstance(fault, Fault)
    assert fault.cause == "does not run (Exec format error)"


def test_a_program_that_cannot_be_run_is_refused(folder: Path) -> None:
    assert isinstance(find_program(folder / "nowhere"), Fault)
    path = saying(folder, "0.4.9.11")
    path.chmod(0o600)
    assert isinstance(find_program(path), Fault)
    path.chmod(0o700)
    assert find_program(path) == path


def test_tor_is_found_where_debian_puts_it(tor_programs: TorPrograms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert find_program() == tor_programs.tor


def test_the_search_begins_with_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saying(folder, "0.4.9.11")
    monkeypatch.setenv("PATH", str(folder))
    assert find_program() == path


def test_a_start_names_every_fault_at_once(folder: Path) -> None:
    data = folder / "data"
    data.mkdir(mode=0o755)
    own = OwnTor(data, None, saying(folder, "0.4.8.1"), "Bridge 127.0.0.1:1\nSocksPort 9050\n", "extra.conf")
    refused = start_tor(own, lambda _words, _percent: None)
    assert isinstance(refused, Refused)
    assert [fault.where for fault in refused.faults] == [str(folder / "tor"), "extra.conf, line 2", str(data)]


def test_a_tor_that_ends_at_once_says_why(folder: Path) -> None:
    script = "[ $1 = --version ] && echo Tor version 0.4.9.11. || echo 'Nov 23 [err] Reading config failed'"
    refused = start_tor(OwnTor(folder / "data", None, program(folder, script)), lambda _words, _percent: None)
    assert isinstance(refused, Refused)
    assert "Reading config failed" in refused.faults[0].cause


def test_a_folder_on_the_path_that_cannot_be_looked_into_is_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is too long raises as a folder does that this user may not enter, and does so for root as well."""
    closed = "x" * 300
    with pytest.raises(OSError, match="too long"):
        Path(closed, "tor").is_file()
    monkeypatch.setenv("PATH", f"/{closed}:{folder}")
    there = saying(folder, "0.4.9.11")
    assert find_program() == there
    assert isinstance(find_programs(), TorPrograms | Refused)
