import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Refused
from matcher.hash_lists.entry import HASH_BYTES, Entry, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.stored import dump, load

HEADER = ListHeader("liste", "Behörde", "7", "scheme", "ab" * 32, 30)

_texts = st.text(max_size=12)
made_up_entries = st.builds(
    Entry,
    _texts,
    **{name: st.none() | st.binary(min_size=size, max_size=size) for name, size in HASH_BYTES.items()},
    category=_texts,
    attributes=st.lists(st.tuples(_texts, _texts), max_size=3).map(tuple),
)


@given(st.lists(made_up_entries, max_size=6))
def test_what_is_stored_is_what_is_loaded(entries: list[Entry]) -> None:
    loaded = load(dump(HashList.of(HEADER, entries)))
    assert isinstance(loaded, HashList)
    assert loaded.header == HEADER
    assert [loaded.entries[row] for row in range(len(loaded.entries))] == entries


@given(st.lists(made_up_entries, min_size=1, max_size=6), st.data())
def test_an_id_finds_its_rows(entries: list[Entry], data: st.DataObject) -> None:
    columns = HashList.of(HEADER, entries).entries
    wanted = data.draw(st.sampled_from(entries)).entry_id
    expected = [row for row, entry in enumerate(entries) if entry.entry_id == wanted]
    assert columns.rows_of([wanted, "no such entry"]).tolist() == expected


def test_a_column_that_no_entry_has_costs_nothing() -> None:
    stored = dump(HashList.of(HEADER, [Entry(str(number), md5=bytes(15) + b"1") for number in range(1000)]))
    assert len(stored) < 1000 * 52


@given(st.data())
def test_any_damage_is_refused_or_changes_values_only(data: st.DataObject) -> None:
    stored = bytearray(dump(HashList.of(HEADER, [Entry("a", md5=b"m" * 16, category="c"), Entry("b", pdq=b"p" * 32)])))
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= data.draw(st.integers(1, 255))
    loaded = load(bytes(stored))
    if isinstance(loaded, HashList):
        assert len(loaded.entries) == 2
        assert loaded.entries.having("md5").dtype == np.uint32


@given(st.integers(min_value=0))
def test_a_cut_is_refused(length: int) -> None:
    stored = bytes(dump(HashList.of(HEADER, [Entry("a", md5=b"m" * 16)])))
    assert isinstance(load(stored[: length % len(stored)]), Refused)
    assert isinstance(load(stored + bytes(8)), Refused)
