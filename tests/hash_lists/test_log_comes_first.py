"""A list and the log: nothing comes into force that the log does not name, and no amendment is lost on the way."""

import json
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from config.exit_codes import Exit
from reports.log.entry import Kind
from tests.hash_lists.test_commands import ROWS, Desk, public_key

KILLED_AT_THE_RENAME = """
import os, signal, sys

def hear(event, arguments):
    if event == "os.rename" and str(arguments[1]).endswith(".age"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hear)
from scanner.cli.main import main
main()
"""
"""The command, killed when its change to a list is whole on the disk and about to take its name."""

IMPORT = ("--format", "csv", "--kind", "child-abuse", "--list", "examples", "--issuer", "Office of Examples")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.importing("one", "two")
    return made


def store(desk: Desk) -> Path:
    return desk.configuration.parent / "state" / "sightline.sqlite3"


def entries(desk: Desk, kind: Kind) -> list[Any]:
    with closing(sqlite3.connect(store(desk))) as connection:
        bodies = [json.loads(body) for (body,) in connection.execute("SELECT body FROM leaf ORDER BY leaf_index")]
    return [one["details"] for one in bodies if one["kind"] == kind]


def refuse_entries(desk: Desk, kind: Kind) -> None:
    """From now on, the store takes no entry of this kind."""
    with closing(sqlite3.connect(store(desk))) as connection:
        connection.execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON leaf "
            f"WHEN instr(NEW.body, CAST('\"{kind}\"' AS BLOB)) BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )


def take_entries(desk: Desk) -> None:
    with closing(sqlite3.connect(store(desk))) as connection:
        connection.execute("DROP TRIGGER no_room")


def killed(desk: Desk, *words: str) -> None:
    command = [sys.executable, "-c", KILLED_AT_THE_RENAME, "--config", str(desk.configuration), *words]
    done = run(command, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def amendments(desk: Desk) -> int:
    with closing(sqlite3.connect(store(desk))) as connection:
        return int(connection.execute("SELECT count(*) FROM record").fetchone()[0])


def holds(desk: Desk) -> bool:
    return bool(desk.run("audit", "verify", "--public-key", str(public_key(desk)))["holds"])


def unfinished(desk: Desk) -> list[str]:
    folder = desk.configuration.parent / "state" / "hash-lists"
    return [path.name for path in folder.iterdir() if path.name.endswith(".new")]


def test_a_withdrawal_that_the_store_refuses_leaves_the_list_and_is_completed_when_repeated(desk: Desk) -> None:
    refuse_entries(desk, Kind.ENTRIES_WITHDRAWN)
    desk.run("hashes", "withdraw", "examples", "one", ends=Exit.STORE)
    assert (desk.status()["entries"], amendments(desk), unfinished(desk)) == (2, 0, [])
    take_entries(desk)
    desk.run("hashes", "withdraw", "examples", "one")
    assert (desk.status()["entries"], desk.status()["withdrawn"], amendments(desk)) == (1, 1, 1)
    assert entries(desk, Kind.ENTRIES_WITHDRAWN) == [{"list": "examples", "entries": 1}]
    assert holds(desk)


def test_a_withdrawal_killed_on_its_way_has_its_amendment_and_is_completed_when_repeated(desk: Desk) -> None:
    killed(desk, "hashes", "withdraw", "examples", "one")
    assert (desk.status()["withdrawn"], amendments(desk)) == (0, 1)
    desk.run("hashes", "withdraw", "examples", "one")
    assert (desk.status()["withdrawn"], amendments(desk)) == (1, 2)
    assert holds(desk)


@pytest.mark.parametrize("release", [(), ("--release",)])
def test_a_hold_that_is_not_logged_is_none(desk: Desk, release: tuple[str, ...]) -> None:
    if release:
        desk.run("hashes", "hold", "examples", "one")
    before = desk.status()["held"]
    refuse_entries(desk, Kind.POLICY)
    desk.run("hashes", "hold", "examples", "one", *release, ends=Exit.STORE)
    assert desk.status()["held"] == before
    take_entries(desk)
    desk.run("hashes", "hold", "examples", "one", *release)
    assert desk.status()["held"] != before


@pytest.mark.parametrize("change", [(), ("--change",)])
def test_an_import_that_is_not_logged_is_not_in_force(desk: Desk, change: tuple[str, ...]) -> None:
    refuse_entries(desk, Kind.HASH_LIST_IMPORTED)
    desk.importing("one", "two", "three", more=change, ends=Exit.STORE)
    assert (desk.status()["entries"], unfinished(desk)) == (2, [])
    take_entries(desk)
    desk.importing("one", "two", "three", more=change)
    assert desk.status()["entries"] == 3


def test_an_import_killed_on_its_way_is_named_by_the_log_and_completed_when_repeated(desk: Desk) -> None:
    desk.file.write_text(f"entry_id,sha256\none,{ROWS['one']}\ntwo,{ROWS['two']}\nthree,{ROWS['three']}\n")
    killed(desk, "hashes", "import", str(desk.file), *IMPORT)
    assert (desk.status()["entries"], len(entries(desk, Kind.HASH_LIST_IMPORTED))) == (2, 2)
    assert len(unfinished(desk)) == 1
    desk.run("hashes", "import", str(desk.file), *IMPORT)
    assert (desk.status()["entries"], len(entries(desk, Kind.HASH_LIST_IMPORTED)), unfinished(desk)) == (3, 3, [])
    assert holds(desk)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--issuer", "I\x1b[31m\nX"),
        ("--issuer", ""),
        ("--issuer", "  "),
        ("--issuer", "I\N{RIGHT-TO-LEFT OVERRIDE}"),
        ("--list-version", "v\n"),
        ("--list-version", "v" * 3_000),
        ("--category-scheme", "s\x9b31m"),
    ],
)
def test_what_a_list_is_called_is_a_line_that_can_be_read(desk: Desk, option: str, text: str) -> None:
    (fault,) = desk.importing("one", "two", "three", more=(option, text), ends=Exit.USAGE)["faults"]
    assert fault["where"] == option
    assert desk.status()["entries"] == 2


def test_a_reason_is_a_line_that_can_be_read(desk: Desk) -> None:
    (fault,) = desk.run("hashes", "withdraw", "examples", "one", "--reason", "\x1b[31m", ends=Exit.USAGE)["faults"]
    assert fault["where"] == "--reason"
    assert (desk.status()["entries"], amendments(desk)) == (2, 0)
