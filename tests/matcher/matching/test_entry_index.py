from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.fingerprint import Digests
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.index import segment
from matcher.index.codes import codes_of
from matcher.matching.entry_index import EntryIndex, IndexedEntry

RNG = np.random.default_rng(7)


def entries(count: int, prefix: str = "e") -> list[Entry]:
    return [
        Entry(f"{prefix}{number}", md5=RNG.bytes(16), sha256=RNG.bytes(32), pdq=RNG.bytes(32), phash=RNG.bytes(32))
        for number in range(count)
    ]


def hash_list(
    some: Sequence[Entry], name: str = "made-up", threshold: int = 31, withdrawn: tuple[str, ...] = ()
) -> HashList:
    header = ListHeader(name, "A test authority", "1", "scheme", "ab" * 32, threshold)
    return HashList(header, HashList.of(header, some).entries, withdrawn)


def ids(found: Sequence[IndexedEntry]) -> list[tuple[str, str]]:
    return sorted((known.header.name, known.entry_id) for known in found)


def by_digest(index: EntryIndex, entry: Entry) -> list[tuple[str, str]]:
    return ids(list(index.with_any_digest(Digests(entry.md5 or bytes(16), bytes(20), entry.sha256 or bytes(32)))))


def by_pdq(index: EntryIndex, entry: Entry, radius: int = 31) -> list[tuple[str, str]]:
    """Within this radius of lists whose threshold is 31 bits."""
    return ids([known for _, known in index.near([entry.pdq or bytes(32)], radius - 31)])


def by_phash(index: EntryIndex, entry: Entry) -> list[tuple[str, str]]:
    return ids([known for _, known in index.near_by_phash([entry.phash or bytes(32)], 31)])


def found(index: EntryIndex, entry: Entry) -> list[list[tuple[str, str]]]:
    return [look(index, entry) for look in (by_digest, by_pdq, by_phash)]


def test_an_entry_is_found_in_every_list_that_has_it() -> None:
    both, one, other = entries(1, "both")[0], entries(3, "one"), entries(2, "other")
    index = EntryIndex.of([hash_list([*one, both], "z-list"), hash_list([both, *other], "a-list")])
    assert found(index, both) == [[("a-list", "both0"), ("z-list", "both0")]] * 3
    assert found(index, other[1]) == [[("a-list", "other1")]] * 3
    assert list(index.chains) == ["a-list", "z-list"]


def test_an_addition_is_in_force_in_the_new_index_and_not_in_the_old() -> None:
    old = EntryIndex.of([hash_list(entries(5))])
    new_entry = entries(1, "new")[0]
    new = old.then(hash_list([new_entry]))
    assert found(new, new_entry) == [[("made-up", "new0")]] * 3
    assert found(old, new_entry) == [[]] * 3


def test_a_withdrawal_takes_effect_without_a_new_index() -> None:
    some = entries(5)
    old = EntryIndex.of([hash_list(some)])
    new = old.then(hash_list([], withdrawn=("e3",)))
    assert found(new, some[3]) == [[]] * 3
    assert found(new, some[2]) == [[("made-up", "e2")]] * 3
    assert new.segments[0] is old.segments[0]


def test_entries_that_lack_a_hash_are_found_by_those_they_have() -> None:
    mixed = [Entry("d", md5=b"d" * 16), Entry("p", pdq=b"p" * 32), Entry("h", pdq=b"q" * 32, phash=b"h" * 32)]
    index = EntryIndex.of([hash_list(mixed, "one"), hash_list(mixed[1:], "two")])
    assert by_digest(index, mixed[0]) == [("one", "d")]
    assert by_pdq(index, mixed[1], 0) == [("one", "p"), ("two", "p")]
    assert by_phash(index, mixed[2]) == [("one", "h"), ("two", "h")]


@pytest.mark.parametrize("lists", [[], [hash_list([])]])
def test_an_empty_index_finds_nothing(lists: list[HashList]) -> None:
    assert found(EntryIndex.of(lists), entries(1)[0]) == [[]] * 3


def test_many_changes_make_few_segments() -> None:
    some = entries(64)
    index = EntryIndex.of([hash_list(entries(500, "base"))])
    for one in some:
        index = index.then(hash_list([one]))
    assert len(index.segments) < 10
    assert all(by_pdq(index, one) == [("made-up", one.entry_id)] for one in some)


def test_an_earlier_segment_serves_with_later_additions_and_withdrawals() -> None:
    some, later = entries(3), entries(1, "later")[0]
    first = hash_list(some, "kept")
    (earlier,) = EntryIndex.of([first]).segments
    index = EntryIndex.of([first, hash_list([later], "kept", withdrawn=("e1",))], earlier)
    assert index.segments[0] is earlier
    assert found(index, some[0]) == [[("kept", "e0")]] * 3
    assert found(index, some[1]) == [[]] * 3
    assert found(index, later) == [[("kept", "later0")]] * 3


def test_one_list_with_a_large_threshold_makes_no_other_search_wider() -> None:
    some = entries(3)
    lists = [hash_list(some, "usual"), hash_list(some, "wide", threshold=63), hash_list(some, "narrow", threshold=8)]
    index = EntryIndex.of(lists)
    assert [[one.header.name for one in segment.lists] for segment in index.segments] == [
        ["narrow", "usual"],
        ["wide"],
    ]
    assert by_pdq(index, some[0]) == [("narrow", "e0"), ("usual", "e0"), ("wide", "e0")]


changes = st.lists(
    st.tuples(
        st.sampled_from(["x", "y"]),
        st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3)), max_size=3),
        st.lists(st.sampled_from("abcd"), max_size=2).map(tuple),
    ),
    max_size=6,
)


@settings(max_examples=40)
@given(changes)
def test_a_index_changed_bit_by_bit_finds_what_one_made_at_once_finds(
    made: list[tuple[str, list[tuple[str, int]], tuple[str, ...]]],
) -> None:
    lists = [
        hash_list([Entry(i, md5=bytes([h] * 16), pdq=bytes([h] * 32)) for i, h in some], name, withdrawn=gone)
        for name, some, gone in made
    ]
    stepwise = EntryIndex.of([])
    for one in lists:
        stepwise = stepwise.then(one)
    at_once = EntryIndex.of(lists)
    for value in range(4):
        probe = Entry("probe", md5=bytes([value] * 16), pdq=bytes([value] * 32))
        assert found(stepwise, probe) == found(at_once, probe)


def test_both_codes_are_found_by_keys_in_a_long_list() -> None:
    """Long enough for keys to be used for PDQ and pHash alike."""
    rows = segment._FEWEST_ROWS_FOR_WIDE_KEYS
    chance = np.random.default_rng(3)
    one = hash_list([Entry("e", pdq=bytes(range(32)), phash=bytes(range(32)))])
    codes = chance.integers(0, 256, (rows, 32), dtype=np.uint8)
    many = one.entries.take(np.zeros(rows, np.uint32))
    filled = replace(one, entries=replace(many, hashes=many.hashes | {"pdq": codes, "phash": codes[::-1].copy()}))
    made = segment.Segment([filled])
    assert {"pdq", "phash"} <= made.tables.keys()
    edited = codes[[9]].copy()
    edited[0, :6] ^= 0xFF
    query = codes_of(edited)
    assert list(made.near(query, 48)) == [(0, (filled, 9))]
    assert list(made.near_by_phash(query, 48)) == [(0, (filled, rows - 10))]
    assert list(made.near_by_phash(query, 47)) == []


@pytest.mark.parametrize("rows", [segment._FEWEST_ROWS_FOR_KEYS - 1, segment._FEWEST_ROWS_FOR_KEYS])
def test_a_list_is_searched_alike_on_both_sides_of_the_size_at_which_keys_pay(rows: int) -> None:
    raw = np.random.default_rng(rows).integers(0, 256, (rows, 32), dtype=np.uint8)
    some = [Entry(str(row), pdq=raw[row].tobytes()) for row in range(rows)]
    index = EntryIndex.of([hash_list(some)])
    near = bytes([raw[9, 0] ^ 0xFF, *raw[9, 1:]])
    assert by_pdq(index, Entry("probe", pdq=near), 8) == [("made-up", "9")]
    assert by_pdq(index, Entry("probe", pdq=near), 7) == []
