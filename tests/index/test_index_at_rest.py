"""The index at rest: with it and without it every verdict is the same, and nothing depends on it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from config.layout import Layout
from matcher.fingerprint import Digests, Fingerprint, Reading
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.matching.judge import IndexJudge
from reports.crypto.seal import new_identity, recipient_of, seal
from scanner.hash_lists.index_cache import FEWEST_ENTRIES, judge_of, keeping_judge_of

HEADER = ListHeader("made-up", "A test authority", "1", "scheme", "ab" * 32)
IDENTITY = new_identity()[0]
ROWS = 400


def hash_list(seed: int, rows: int = ROWS) -> HashList:
    rng = np.random.default_rng(seed)
    return HashList.of(HEADER, [Entry(f"{seed}-{row}", sha1=rng.bytes(20), pdq=rng.bytes(32)) for row in range(rows)])


ONE = hash_list(1)
GONE = HashList.saying(HEADER, withdrawn=["1-7"])


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path, tmp_path / "outbox")


def kept(layout: Layout, *lists: HashList) -> IndexJudge:
    return keeping_judge_of(layout, IDENTITY, lists, fewest_entries=ROWS)


def read(layout: Layout, *lists: HashList, identity: str = IDENTITY) -> IndexJudge:
    return judge_of(layout, identity, lists, fewest_entries=ROWS)


def seen(row: int, turned_bits: int) -> Fingerprint:
    """A picture as far from an entry as so many bits."""
    code = bytearray(ONE.entries[row].pdq or b"")
    for bit in range(turned_bits):
        code[bit * 7 % 32] ^= 1 << bit % 8
    reading = Reading("plain", bytes(code), 100, bytes(32))
    return Fingerprint(Digests(bytes(16), bytes(20), bytes(32)), 1, "image/png", 1, 1, (reading,), None)


def verdicts(judge: IndexJudge) -> list[object]:
    return [judge.judge(seen(row, bits)) for row in (0, 7, 399) for bits in (0, 31, 32)]


def test_with_and_without_it_the_verdicts_are_the_same(layout: Layout) -> None:
    first = kept(layout, ONE, GONE)
    again = read(layout, ONE, GONE)
    assert (first.restored_entries, again.restored_entries) == (0, ROWS)
    assert verdicts(again) == verdicts(first) == verdicts(IndexJudge([ONE, GONE]))


def test_what_came_since_is_in_force(layout: Layout) -> None:
    kept(layout, ONE)
    added = hash_list(2, 50)
    again = kept(layout, ONE, GONE, added)
    assert again.restored_entries == ROWS
    assert verdicts(again) == verdicts(IndexJudge([ONE, GONE, added]))


def damaged(layout: Layout) -> None:
    whole = bytearray(layout.index_snapshot.read_bytes())
    whole[len(whole) // 2] ^= 1
    layout.index_snapshot.write_bytes(whole)


def cut(layout: Layout) -> None:
    layout.index_snapshot.write_bytes(layout.index_snapshot.read_bytes()[:5000])


def foreign(layout: Layout) -> None:
    layout.index_snapshot.write_bytes(seal(IndexJudge([ONE]).snapshot(), [recipient_of(new_identity()[0])]))


def stale(layout: Layout) -> None:
    keeping_judge_of(layout, IDENTITY, [hash_list(3)], fewest_entries=ROWS)


def no_snapshot(layout: Layout) -> None:
    layout.index_snapshot.write_bytes(seal(b"no snapshot at all", [recipient_of(IDENTITY)]))


def a_folder(layout: Layout) -> None:
    layout.index_snapshot.unlink()
    layout.index_snapshot.mkdir()


@pytest.mark.parametrize("spoil", [damaged, cut, foreign, stale, no_snapshot, a_folder])
def test_one_that_does_not_fit_is_ignored_and_made_anew(layout: Layout, spoil: Callable[[Layout], None]) -> None:
    kept(layout, ONE)
    spoil(layout)
    assert read(layout, ONE).restored_entries == 0
    assert verdicts(kept(layout, ONE)) == verdicts(IndexJudge([ONE]))
    if spoil is not a_folder:
        assert read(layout, ONE).restored_entries == ROWS


def test_a_disk_that_takes_nothing_does_not_stop_the_start(tmp_path: Path) -> None:
    nowhere = Layout(tmp_path / "is" / "not" / "there", tmp_path)
    assert verdicts(kept(nowhere, ONE)) == verdicts(IndexJudge([ONE]))


def test_it_is_written_only_where_it_pays_and_goes_with_the_lists(layout: Layout) -> None:
    keeping_judge_of(layout, IDENTITY, [ONE])
    assert len(ONE) < FEWEST_ENTRIES
    assert not layout.index_snapshot.exists()
    kept(layout, ONE)
    assert layout.index_snapshot.stat().st_mode & 0o777 == 0o600
    assert (ONE.entries[3].pdq or b"") not in layout.index_snapshot.read_bytes()
    kept(layout, hash_list(4, 10))
    assert not layout.index_snapshot.exists()


def test_reading_it_writes_nothing(layout: Layout) -> None:
    read(layout, ONE)
    assert list(layout.directory.iterdir()) == []
