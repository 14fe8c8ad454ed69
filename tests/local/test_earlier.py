"""Reading an earlier report back: any name, any cut, and nothing that is not a report."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.faults import Refused
from matcher.verdict import Match, Outcome, Tier, Verdict
from scanner.local.earlier_report import EarlierReport, PathSet, nothing_earlier, read_earlier
from scanner.local.read_file import UnreadFile
from scanner.local.report_lines import as_json, as_text, check_line, check_text, shown

MATCH = Match("list", "", "1", "K-1", "pdq", Tier.NEAR, 3, 31, None, "plain", 99, "", "")
FOUND = (Verdict(Outcome.NO_MATCH), Verdict(Outcome.MATCHED, (MATCH,)), UnreadFile("could not be read: why"))
names = st.binary(max_size=40)
reports = st.lists(st.tuples(names, st.sampled_from(FOUND)), max_size=8)
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def written(report: list[tuple[bytes, Verdict | UnreadFile]]) -> list[bytes]:
    return [as_json(check_line(name, found)).encode() + b"\n" for name, found in report]


def read_back(folder: Path, content: bytes) -> EarlierReport | Refused:
    file = folder / "report"
    file.write_bytes(content)
    return read_earlier(file)


@given(names)
def test_any_name_is_one_line_of_ascii_json_and_comes_back(name: bytes) -> None:
    line = as_json(check_line(name, FOUND[0]))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["path"].encode("utf-8", "surrogateescape") == name
    assert shown(name).isprintable()
    assert as_text(name).encode("utf-8", "surrogateescape") == name


@given(names)
def test_no_name_speaks_to_a_terminal(name: bytes) -> None:
    for found in FOUND:
        text = check_text(name, found)
        assert text is None or text.isprintable()


@in_one_folder
@given(reports, st.data())
def test_a_report_that_was_cut_anywhere_tells_its_whole_lines(
    tmp_path: Path, report: list[tuple[bytes, Verdict | UnreadFile]], data: st.DataObject
) -> None:
    lines = written(report)
    content = b"".join(lines)
    cut = data.draw(st.integers(0, len(content)))
    earlier = read_back(tmp_path, content[:cut])
    whole = content[:cut].count(b"\n")
    assert isinstance(earlier, EarlierReport)
    assert earlier.whole_bytes == sum(map(len, lines[:whole]))
    assert earlier.tally.paths == len({name for name, _ in report[:whole]})
    assert all(name in earlier.paths for name, _ in report[:whole])
    done = {name for name, _ in report[:whole]}
    assert all((name in earlier.paths) == (name in done) for name, _ in report)


def test_what_a_power_cut_leaves_is_a_cut(tmp_path: Path) -> None:
    lines = written([(b"a", FOUND[0])])
    earlier = read_back(tmp_path, lines[0] + bytes(4096))
    assert isinstance(earlier, EarlierReport)
    assert earlier.whole_bytes == len(lines[0])


@pytest.mark.parametrize(
    "wrong",
    [
        b"text\n",
        b"\n",
        b"{}\n",
        b"[" * 100_000 + b"\n",
        b'{"path": 1, "outcome": "matched", "reason": null, "matches": []}\n',
        b'{"path": "a", "outcome": "perhaps", "reason": null, "matches": []}\n',
        b'{"path": "\\ud800", "outcome": "matched", "reason": null, "matches": []}\n',
        b'{"path": "a", "md5": null, "outcome": "undecided", "reason": "why", "readings": []}\n',
        b"\xff\n",
    ],
)
def test_what_is_no_report_is_refused_with_its_line(tmp_path: Path, wrong: bytes) -> None:
    refused = read_back(tmp_path, written([(b"a", FOUND[0])])[0] + wrong)
    assert isinstance(refused, Refused)
    assert refused.faults[0].where.endswith("report, line 2")


def test_a_report_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert isinstance(read_earlier(tmp_path), Refused)


@given(st.sets(names), st.sets(names))
def test_a_set_of_paths_holds_them_and_no_other(held: set[bytes], others: set[bytes]) -> None:
    paths = PathSet(held)
    assert len(paths) == len(held)
    assert {name for name in held | others if name in paths} == held
    assert b"" not in nothing_earlier().paths


def test_a_path_that_stands_twice_counts_once(tmp_path: Path) -> None:
    lines = written([(b"a", FOUND[0]), (b"b", FOUND[1]), (b"a", FOUND[0]), (b"c", FOUND[2]), (b"b", FOUND[1])])
    earlier = read_back(tmp_path, b"".join(lines))
    assert isinstance(earlier, EarlierReport)
    assert len(earlier.paths) == earlier.tally.paths == 3
    assert earlier.tally.outcomes == {"no match": 1, "matched": 1, "undecided": 1}
    assert earlier.tally.reasons == {("undecided", "could not be read: why"): 1}
