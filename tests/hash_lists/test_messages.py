"""What an operator is told of hash lists: which file, which record, what is wrong and what mends it; never a value."""

from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.exit_codes import Exit
from scanner.cli.main import main
from tests.hash_lists.test_commands import ROWS, Desk

IMPORT = ("--format", "csv", "--kind", "child-abuse", "--list", "examples", "--issuer", "Office of Examples")
HOSTILE = "entry\x1b[31m\x1b]0;pwn\x07"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def plain(desk: Desk, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(desk.configuration), *words])


def written(desk: Desk, name: str, content: str | bytes) -> str:
    path = desk.configuration.with_name(name)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def faults(desk: Desk, content: str | bytes, *more: str) -> list[Any]:
    told = desk.run("hashes", "import", written(desk, "given.csv", content), *IMPORT, *more, ends=Exit.REFUSED)
    return list(told["faults"])


def csv(*names: str) -> str:
    return "entry_id,sha256\n" + "".join(f"{name},{ROWS[name]}\n" for name in names)


def test_a_column_that_speaks_to_the_terminal_is_not_shown(desk: Desk) -> None:
    shown = plain(desk, "hashes", "import", written(desk, "given.csv", f"{HOSTILE},x\na,b\n"), *IMPORT)
    assert shown.exit_code == Exit.REFUSED
    assert "\x1b" not in shown.output
    assert "pwn" not in shown.output


def test_a_first_line_that_is_a_record_is_not_shown(desk: Desk) -> None:
    value = md5(b"0").hexdigest()  # noqa: S324 - a value as lists hold them
    (fault,) = faults(desk, f"e0,{value},A\ne1,{value},A\n")
    assert value not in str(fault)
    assert "a record where the names of the columns should stand" in fault["cause"]


def test_a_name_that_is_given_twice_is_not_shown(desk: Desk) -> None:
    (fault,) = faults(desk, f"sha256,{HOSTILE},{HOSTILE}\n")
    assert fault["cause"] == "columns 2 and 3 have the same name"


@pytest.mark.parametrize(
    ("content", "where", "cause", "fix"),
    [
        (b"", "the file", "is empty", "Ask its issuer"),
        (b"entry_id,sha256", "line 1", "is not a whole line", "Name the columns"),
        (b'entry_id,"sha256\n', "line 1", "quotes are not closed", "Name the columns"),
        (b"SQLite format 3\0" + bytes(99), "the file", "is a SQLite database", "sqlite3"),
        (f"entry_id;sha256\none;{ROWS['one']}\n", "line 1", "lie between ';'", "--delimiter ';'"),
        (f"entry_id\tsha256\none\t{ROWS['one']}\n", "line 1", "lie between $'\\t'", "--delimiter $'\\t'"),
        ("name,size\na,1\n", "line 1", "no column holds hashes", "--column THEIRS=OURS"),
    ],
)
def test_each_wrong_first_line_has_a_cause_and_a_fix(
    desk: Desk, content: str | bytes, where: str, cause: str, fix: str
) -> None:
    (fault,) = faults(desk, content)
    assert fault["where"] == where
    assert cause in fault["cause"]
    assert fix in fault["mend"]


def test_of_several_files_the_one_at_fault_is_named(desk: Desk) -> None:
    good = written(desk, "good.csv", csv("one"))
    bad = written(desk, "bad.csv", csv("two") + "three,12\n")
    told = desk.run("hashes", "import", good, bad, *IMPORT, ends=Exit.DIFFERS)
    assert [fault["where"] for fault in told["faults"]] == [f"{bad}, line 3"]
    empty = written(desk, "empty.csv", "")
    told = desk.run("hashes", "import", good, empty, *IMPORT, ends=Exit.REFUSED)
    assert [fault["where"] for fault in told["faults"]] == [f"{empty}, the file"]


def test_a_file_that_is_named_twice_is_refused(desk: Desk) -> None:
    path = written(desk, "given.csv", csv("one"))
    (fault,) = desk.run("hashes", "import", path, path, *IMPORT, ends=Exit.REFUSED)["faults"]
    assert (fault["where"], fault["cause"]) == (path, "is named twice")


def test_ids_that_come_twice_are_counted(desk: Desk) -> None:
    paths = [written(desk, name, csv("one", "two")) for name in ("a.csv", "b.csv")]
    assert desk.run("hashes", "import", *paths, *IMPORT)["same_id"] == 2
    shown = plain(desk, "hashes", "import", *paths, *IMPORT).stdout
    assert "2 entries have the id of an earlier one" in shown


def test_where_every_record_is_bad_that_is_said_first_and_not_all_are_shown(desk: Desk) -> None:
    unquoted = "".join(f'e{number},"{ROWS["one"]}"x\n' for number in range(60))
    first, *others = faults(desk, "entry_id,sha256\n" + unquoted)
    assert first["where"] == "every record"
    assert "60 of 60" in first["cause"]
    assert len(others) == 20
    assert "quotes" in others[0]["cause"]


def test_an_entry_that_was_withdrawn_is_not_called_unknown(desk: Desk) -> None:
    desk.importing("one", "two")
    desk.run("hashes", "withdraw", "examples", "one", "one")
    assert desk.status()["withdrawn"] == 1
    for command in ("withdraw", "hold"):
        (fault,) = desk.run("hashes", command, "examples", "one", ends=Exit.REFUSED)["faults"]
        assert "was withdrawn" in fault["cause"]


def test_a_hold_is_ended_once_and_begun_once(desk: Desk) -> None:
    desk.importing("one", "two")
    (fault,) = desk.run("hashes", "hold", "examples", "one", "--release", ends=Exit.REFUSED)["faults"]
    assert fault["cause"] == "is not on hold"
    desk.run("hashes", "hold", "examples", "one")
    (fault,) = desk.run("hashes", "hold", "examples", "one", ends=Exit.REFUSED)["faults"]
    assert fault["cause"] == "is on hold already"
    desk.importing("two", "three")
    desk.run("hashes", "hold", "examples", "one", "--release")  # it is in the list no longer
    assert desk.status()["held"] == []


def test_what_names_no_list_is_none(desk: Desk) -> None:
    desk.importing("one")
    desk.run("hashes", "hold", "examples", "one")
    (change,) = (desk.configuration.parent / "state" / "hash-lists").glob("*~*")
    for name in (change.stem, "../hash-lists/examples", "x" * 300):
        (fault,) = desk.run("hashes", "hold", name, "one", ends=Exit.REFUSED)["faults"]
        assert "is no hash list in force" in fault["cause"]


def test_one_is_not_told_as_many(desk: Desk) -> None:
    path = written(desk, "given.csv", csv("one") + f"two,{ROWS['two']}0\nthree\n")
    shown = plain(desk, "hashes", "import", path, *IMPORT)
    said = " ".join(shown.output.split())
    assert "1 entry of examples" in said
    assert "2 bad records" in said
    assert "its sha256 has 65 characters, not 64" in said
    assert "has 1 field where the first line names 2" in said
