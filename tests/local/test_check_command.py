"""`sightline check` as an examiner runs it: real workers, real files."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.exit_codes import Exit
from matcher.fingerprint import digest
from reports import files
from tests.local.conftest import Run, lines
from tests.local.tree import EDITED, KNOWN, OTHER, state

MATCHED = {"list": "known.csv", "entry": "K-1", "tier": "near and confirmed", "distance": 0, "reading": "plain"}


def by_name(text: str) -> dict[str, dict[str, object]]:
    return {line["path"].rsplit("/", 1)[-1]: line for line in lines(text)}


def test_every_path_ends_with_an_outcome(run: Run, tree: Path, hashes: Path) -> None:
    ended = run("check", tree, "--hashes", hashes, "--json", code=Exit.DIFFERS)
    found = by_name(ended.stdout)
    outcomes = {name: (line["outcome"], line["reason"]) for name, line in found.items()}
    link = ("undecided", "a symbolic link: not followed")
    assert outcomes == {
        "known.jpg": ("matched", None),
        "another name": ("matched", None),
        "edited.bin": ("matched", None),
        "other.jpg": ("no match", None),
        "other.png": ("no match", None),
        "\udcff\udcfe \x1b[2J\n.jpg": ("no match", None),
        "cut.jpg": ("undecided", "truncated: hashed as far as it goes"),
        "notes.txt": ("not examined", "text"),
        "empty": ("not examined", "unknown"),
        "up": link,
        "out": link,
        "pipe": ("undecided", "a named pipe: not opened"),
        "socket": ("undecided", "a socket: not opened"),
    }
    assert found["known.jpg"]["matches"] == [MATCHED]
    assert all(list(line) == ["path", "outcome", "reason", "matches"] for line in found.values())
    assert "13 paths: 3 matched, 3 no match, 5 undecided, 2 not examined" in ended.stderr
    assert "1  not examined: text" in ended.stderr
    assert "1  not examined: unknown" in ended.stderr


def test_for_people_only_what_needs_a_look_has_a_line(run: Run, tree: Path, hashes: Path) -> None:
    ended = run("check", tree, "--hashes", hashes, code=Exit.DIFFERS)
    told = ended.stdout.splitlines()
    assert [line.split()[0] for line in told].count("matched") == 3
    assert len(told) == 3 + 5
    assert "notes.txt" not in ended.stdout
    assert "1  not examined: text" in ended.stderr


def test_nothing_matched_is_zero(run: Run, tree: Path, hashes: Path) -> None:
    assert run("check", tree / "other.jpg", "--hashes", hashes).stdout == ""


def test_nothing_but_the_report_changes(run: Run, tmp_path: Path, tree: Path, hashes: Path) -> None:
    before, report = state(tree), tmp_path / "report.jsonl"
    run("check", tree, "--hashes", hashes, "--out", report, code=Exit.DIFFERS)
    assert state(tree) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.jsonl", "tree"]
    assert report.stat().st_mode & 0o777 == 0o600
    (tree / "inner" / "notes.txt").write_text("notes")  # the control: the same bytes, written again
    assert state(tree) != before


def test_no_report_is_overwritten(run: Run, tree: Path, hashes: Path) -> None:
    ended = run("check", tree, "--hashes", hashes, "--out", tree / "other.jpg", code=Exit.CONFIGURATION)
    assert "no report is overwritten" in ended.stderr
    assert (tree / "other.jpg").read_bytes() == OTHER


def test_the_report_may_lie_in_the_tree_and_is_told(run: Run, tree: Path, hashes: Path) -> None:
    report = tree / "report.jsonl"
    run("check", tree, "--hashes", hashes, "--out", report, code=Exit.DIFFERS)
    own = by_name(report.read_text())["report.jsonl"]
    assert own["reason"] == "the report that is being written"


def test_standard_input_is_one_picture(run: Run, hashes: Path) -> None:
    ended = run("check", "-", "--hashes", hashes, "--json", given=KNOWN, code=Exit.DIFFERS)
    assert lines(ended.stdout) == [{"path": "-", "outcome": "matched", "reason": None, "matches": [MATCHED]}]


def test_a_list_of_paths_on_standard_input(run: Run, tree: Path, hashes: Path) -> None:
    paths = sorted(map(os.fsencode, tree.rglob("*")))
    given = b"\0".join(paths)
    ended = run("check", "--from-file0", "-", "--hashes", hashes, "--json", given=given, code=Exit.DIFFERS)
    found = lines(ended.stdout)
    assert [os.fsencode(line["path"]) for line in found] == paths
    assert [line["reason"] for line in found].count("a folder in a list of files: not entered") == 1


def test_large_files_still_match_by_digest(run: Run, tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.write(OTHER)
        file.truncate(64 * 2**20 + 1)
    md5 = lines(run("fingerprint", large).stdout)[0]["md5"]
    (tmp_path / "list.csv").write_text(f"md5\n{md5}\n")
    ended = run("check", large, "--hashes", tmp_path / "list.csv", "--json", code=Exit.DIFFERS)
    assert lines(ended.stdout)[0]["matches"][0]["tier"] == "exact"
    (tmp_path / "list.csv").write_text(f"md5\n{'1' * 32}\n")
    ended = run("check", large, "--hashes", tmp_path / "list.csv", "--json", code=Exit.UNDECIDED)
    assert lines(ended.stdout)[0]["reason"] == "more bytes than the limit"


def test_several_lists_each_under_its_own_name(run: Run, tmp_path: Path, tree: Path, hashes: Path) -> None:
    """Two files of one name are two lists, not a list and its change."""
    twin = tmp_path / "known.csv"
    twin.write_text(hashes.read_text().replace("K-1", "K-2"))
    words = ("check", tree / "known.jpg", "--json", "--hashes", hashes, "--hashes", twin, "--hashes", twin)
    (line,) = lines(run(*words, code=Exit.DIFFERS).stdout)
    assert {(one["list"], one["entry"]) for one in line["matches"]} == {(str(hashes), "K-1"), (str(twin), "K-2")}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("check",), Exit.USAGE, "at least one PATH"),
        (("check", "nowhere", "--hashes", "list"), Exit.USAGE, "does not exist"),
        (("check", "list"), Exit.CONFIGURATION, "sightline init"),
        (("check", "list", "--hashes", "list"), Exit.REFUSED, "no column holds hashes"),
        (("check", "list", "--hashes", "empty"), Exit.REFUSED, "holds no entry"),
        (("check", "list", "--threshold", "9"), Exit.USAGE, "--threshold is for --hashes"),
        (("--config", "c", "check", "list", "--hashes", "good"), Exit.USAGE, "either --config or --hashes"),
        (("check", "list", "--hashes", "good", "--resume", "list"), Exit.CONFIGURATION, "line 1: is not a line"),
        (("check", "list", "--hashes", "good", "--out", "no/folder"), Exit.STORE, "cannot be written"),
    ],
)
def test_what_is_wrong_is_said(run: Run, tmp_path: Path, words: tuple[str, ...], code: int, told: str) -> None:
    (tmp_path / "list").write_text("no hashes\n")
    (tmp_path / "empty").write_text("md5\n")
    (tmp_path / "good").write_text(f"md5\n{'1' * 32}\n")
    if words == ("check",):
        words = ("check", "--hashes", "good")
    assert told in run(*words, code=code).stderr.replace("\n", " ")


def test_records_that_were_kept_out_are_named(run: Run, tmp_path: Path, tree: Path) -> None:
    (tmp_path / "list").write_text(f"md5\n{'1' * 32}\nnone\n")
    assert "list, line 3" in run("check", tree / "other.jpg", "--hashes", "list").stderr


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_interrupted_and_resumed_equals_uninterrupted(
    run: Run, tmp_path: Path, tree: Path, hashes: Path, data: st.DataObject
) -> None:
    """Cut at any byte."""
    whole, part = tmp_path / "whole.jsonl", tmp_path / "part.jsonl"
    if not whole.exists():
        run("check", tree, "--hashes", hashes, "--out", whole, code=Exit.DIFFERS)
    content = whole.read_bytes()
    part.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    ended = run("check", tree, "--hashes", hashes, "--out", part, "--resume", part, code=Exit.DIFFERS)
    assert part.read_bytes() == content
    assert "13 paths: 3 matched, 3 no match, 5 undecided, 2 not examined" in ended.stderr


def test_what_an_earlier_report_tells_is_not_done_again(run: Run, tmp_path: Path, tree: Path, hashes: Path) -> None:
    """The control: its line says otherwise than the file would, and stays; a match in it still ends with 1."""
    told = {"path": str(tree / "other.jpg"), "outcome": "matched", "reason": None, "matches": [MATCHED]}
    (tmp_path / "earlier").write_text(json.dumps(told) + "\n")
    paths = (tree / "other.jpg", tree / "other.png")
    ended = run("check", *paths, "--hashes", hashes, "--json", "--resume", "earlier", code=Exit.DIFFERS)
    assert [line["path"] for line in lines(ended.stdout)] == [str(tree / "other.png")]
    assert "2 paths: 1 matched, 1 no match" in ended.stderr


def test_a_report_older_than_the_lists_is_said(run: Run, tmp_path: Path, tree: Path, hashes: Path) -> None:
    earlier = tmp_path / "earlier"
    earlier.touch()
    words = ("check", tree / "other.jpg", "--hashes", hashes, "--resume", earlier)
    assert "older than the newest change" not in run(*words).stderr
    os.utime(earlier, (1, 1))
    assert "older than the newest change" in run(*words).stderr


def test_the_edited_picture_is_another_file() -> None:
    """The control of the above: it matches by what it shows, not by its bytes."""
    assert EDITED != KNOWN


def test_a_list_may_be_in_any_format(run: Run, tree: Path, tmp_path: Path) -> None:
    md5 = digest(OTHER).md5.hex()
    (tmp_path / "a.txt").write_text(f"md5 {md5}\n")
    ended = run("check", tree / "other.jpg", "--hashes", "a.txt", "--format", "threatexchange", code=Exit.DIFFERS)
    assert "exact" in ended.stdout
    case = {"Media": [{"MediaID": 7, "Category": 1, "MD5": md5}, {"MediaID": 8, "Category": 0, "MD5": "ab" * 16}]}
    (tmp_path / "a.json").write_text(json.dumps(case))
    vics = ("check", tree / "other.jpg", "--hashes", "a.json", "--format", "vics")
    run(*vics, code=Exit.USAGE)
    run(*vics, "--category", "1", code=Exit.DIFFERS)
    (tmp_path / "a.csv").write_text(f"Hash;Name\n{md5};x\n")
    mapped = ("--hashes", "a.csv", "--column", "Hash=md5", "--delimiter", ";")
    run("check", tree / "other.jpg", *mapped, code=Exit.DIFFERS)
    run("check", tree / "other.jpg", "--column", "Hash=md5", code=Exit.USAGE)


def test_nothing_decided_is_not_zero(run: Run, tree: Path, hashes: Path) -> None:
    run("check", tree / "inner" / "cut.jpg", tree / "inner" / "pipe", "--hashes", hashes, code=Exit.UNDECIDED)
    run("check", tree / "inner" / "cut.jpg", tree / "other.jpg", "--hashes", hashes)
    run("check", tree / "inner" / "notes.txt", "--hashes", hashes)


def test_two_checks_of_one_report_at_once(run: Run, tmp_path: Path, tree: Path, hashes: Path) -> None:
    report = tmp_path / "report"
    words = ("check", tree, "--hashes", hashes, "--out", report)
    run(*words, code=Exit.DIFFERS)
    before = report.read_bytes()
    with files.growing(report, goes_on=True):
        again = run(*words, "--resume", report, code=Exit.BUSY)
    assert "report: another check is writing this report" in again.stderr
    assert report.read_bytes() == before
