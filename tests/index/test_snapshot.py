import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.fingerprint import Digests
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.index.codes import codes_from
from matcher.index.segment import _FEWEST_ROWS_FOR_KEYS, Segment
from matcher.index.snapshot import dump, restore

HEADER = ListHeader("made-up", "A test authority", "1", "scheme", "ab" * 32)


def hash_list(rows: int, seed: int = 1) -> HashList:
    rng = np.random.default_rng(seed)
    return HashList.of(HEADER, [Entry(str(row), sha1=rng.bytes(20), pdq=rng.bytes(32)) for row in range(rows)])


@pytest.fixture(scope="module")
def lists() -> list[HashList]:
    return [hash_list(40), hash_list(_FEWEST_ROWS_FOR_KEYS, seed=2)]


@pytest.fixture(scope="module")
def snapshot(lists: list[HashList]) -> bytes:
    return bytes(dump(Segment(lists)))


def test_a_restored_segment_finds_what_the_first_one_found(lists: list[HashList], snapshot: bytes) -> None:
    restored = restore(lists, snapshot)
    assert restored is not None
    for one, row in ((lists[0], 7), (lists[1], 30_000)):
        entry = one.entries[row]
        assert list(restored.near(codes_from([entry.pdq or b""]), 31)) == [(0, (one, row))]
        digests = Digests(bytes(16), entry.sha1 or b"", bytes(32))
        assert list(restored.with_any_digest(digests)) == [(one, row)]


def test_nothing_is_made_anew(lists: list[HashList], snapshot: bytes) -> None:
    restored = restore(lists, snapshot)
    assert restored is not None
    assert all(not table.rows.flags.owndata for table in restored.tables.values())


def test_a_snapshot_of_other_lists_is_not_used(lists: list[HashList], snapshot: bytes) -> None:
    assert restore([lists[0], hash_list(_FEWEST_ROWS_FOR_KEYS, seed=3)], snapshot) is None
    assert restore(lists[:1], snapshot) is None


def test_a_snapshot_is_used_whatever_came_since(lists: list[HashList], snapshot: bytes) -> None:
    restored = restore([hash_list(5, seed=4), *reversed(lists)], snapshot)
    assert restored is not None
    assert restored.lists == tuple(lists)


@settings(max_examples=30)
@given(st.data())
def test_damage_never_leads_outside_the_lists(data: st.DataObject) -> None:
    some = [hash_list(30)]
    whole = bytearray(dump(Segment(some)))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    restored = restore(some, bytes(whole))
    if restored is not None:
        assert all(int(table.rows.max(initial=0)) < 30 for table in restored.tables.values())


@settings(max_examples=30)
@given(st.integers(min_value=0))
def test_a_cut_snapshot_is_not_used(length: int) -> None:
    some = [hash_list(10)]
    whole = dump(Segment(some))
    assert restore(some, whole[: length % len(whole)]) is None
