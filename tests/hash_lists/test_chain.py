import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.hash_lists.decisions import replaced_ids
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.hash_list import GONE, HELD, IN_FORCE, Chain, HashList
from matcher.hash_lists.stored import dump, load

IDS = ("a", "b", "c", "d")


def change(
    *entries: Entry,
    version: str = "1",
    withdrawn: tuple[str, ...] = (),
    held: tuple[str, ...] = (),
    released: tuple[str, ...] = (),
) -> HashList:
    header = ListHeader("made-up", "A test authority", version, "scheme", "ab" * 32)
    return HashList(header, HashList.of(header, entries).entries, withdrawn, held, released)


def entry(entry_id: str, hash_byte: int = 1, category: str = "", note: str = "") -> Entry:
    return Entry(entry_id, md5=bytes([hash_byte]) * 16, category=category, attributes=(("note", note),) if note else ())


def in_force(chain: Chain, *standing: int) -> list[Entry]:
    return [
        one.entries[row]
        for one, stands in zip(chain.changes, chain.standings, strict=True)
        for row in range(len(one))
        if int(stands[row]) in standing
    ]


def test_an_entry_of_a_change_stands_in_place_of_the_earlier_one() -> None:
    chain = Chain.of([change(entry("a", 1), entry("b", 2)), change(entry("a", 3), version="2")])
    assert in_force(chain, IN_FORCE) == [entry("b", 2), entry("a", 3)]
    assert chain.header.version == "2"


def test_entries_of_one_import_may_share_an_id_and_none_is_lost() -> None:
    both = [entry("a", 1), entry("a", 2)]
    assert in_force(Chain.of([change(*both)]), IN_FORCE) == both


def test_a_withdrawn_entry_is_gone_and_may_come_back() -> None:
    first, away, back = change(entry("a"), entry("b")), change(withdrawn=("a",)), change(entry("a", 7))
    assert in_force(Chain.of([first, away]), IN_FORCE) == [entry("b")]
    assert in_force(Chain.of([first, away, back]), IN_FORCE) == [entry("b"), entry("a", 7)]


def test_a_withdrawal_wins_over_an_entry_of_the_same_change() -> None:
    assert not in_force(Chain.of([change(entry("a"), withdrawn=("a",))]), IN_FORCE, HELD)


def test_a_held_entry_stays_held_when_it_comes_anew_until_it_is_released() -> None:
    chain = Chain.of([change(entry("a"), entry("b", 2)), change(held=("a",)), change(entry("a", 1))])
    assert in_force(chain, HELD) == [entry("a", 1)]
    assert in_force(chain.then(change(released=("a",))), HELD) == []
    assert in_force(chain.then(change(withdrawn=("a",), released=("b",))), HELD) == []


def test_an_earlier_chain_is_not_altered() -> None:
    chain = Chain.of([change(entry("a"))])
    chain.then(change(withdrawn=("a",)))
    assert in_force(chain, IN_FORCE) == [entry("a")]


some_ids = st.lists(st.sampled_from(IDS), max_size=2).map(tuple)
some_entries = st.lists(
    st.builds(
        lambda entry_id, category, note: entry(entry_id, 1 + IDS.index(entry_id), category, note),
        st.sampled_from(IDS),
        st.sampled_from(["", "A", "B"]),
        st.sampled_from(["", "n"]),
    ),
    max_size=4,
)
some_changes = st.lists(
    st.builds(
        lambda e, w, h, r: change(*e, withdrawn=w, held=h, released=r), some_entries, some_ids, some_ids, some_ids
    ),
    min_size=1,
    max_size=5,
)


def by_hand(changes: list[HashList]) -> tuple[list[Entry], set[str]]:
    """What stands after these changes, one entry at a time, and which ids are on hold."""
    stands: list[Entry] = []
    held: set[str] = set()
    for one in changes:
        new = [one.entries[row] for row in range(len(one))]
        replaced = {entry.entry_id for entry in new}
        stands = [old for old in stands if old.entry_id not in replaced] + new
        stands = [old for old in stands if old.entry_id not in one.withdrawn]
        held = (held | set(one.held)) - set(one.released)
    return stands, held


@given(some_changes)
def test_changes_have_the_effect_of_making_them_by_hand(changes: list[HashList]) -> None:
    chain = Chain.of(changes)
    stands, held = by_hand(changes)
    assert in_force(chain, IN_FORCE, HELD) == stands
    assert in_force(chain, HELD) == [one for one in stands if one.entry_id in held]
    assert chain.count(IN_FORCE) + chain.count(HELD) == len(stands)
    assert sum(len(one) for one in changes) == len(stands) + chain.count(GONE)


@given(some_changes)
def test_a_folded_list_says_the_same_in_one(changes: list[HashList]) -> None:
    chain = Chain.of(changes)
    folded = load(dump(chain.folded()))
    assert isinstance(folded, HashList)
    again = Chain.of([folded])
    assert in_force(again, IN_FORCE) == in_force(chain, IN_FORCE)
    assert in_force(again, HELD) == in_force(chain, HELD)
    standing_ids = {one.entry_id for one in in_force(chain, IN_FORCE, HELD)}
    assert set(folded.withdrawn) == {gone for one in changes for gone in one.withdrawn} - standing_ids


def two(entry_id: str, md5: int, pdq: int = 0) -> Entry:
    return Entry(entry_id, md5=bytes([md5]) * 16, pdq=bytes([pdq]) * 32 if pdq else None)


def said(*, withdrawn: tuple[str, ...] = (), held: tuple[str, ...] = (), released: tuple[str, ...] = ()) -> HashList:
    return HashList.saying(change().header, withdrawn=withdrawn, held=held, released=released)


def edition(earlier: Chain, *entries: Entry) -> Chain:
    folded = load(dump(earlier.folded()))
    assert isinstance(folded, HashList)
    return Chain.of([folded.without_entries(), change(*entries)])


@pytest.mark.parametrize("decided", ["withdrawn", "held"])
def test_a_decision_carries_to_the_same_picture_under_another_id_and_not_to_another_with_its_id(decided: str) -> None:
    first = Chain.of([change(two("1", 1), two("2", 2)), said(**{decided: ("1",)})])
    later = edition(first, two("1", 2, 7), two("2", 3), two("derived", 1, 9))
    assert in_force(later, IN_FORCE) == [two("1", 2, 7), two("2", 3)]
    assert in_force(later, HELD) == ([two("derived", 1, 9)] if decided == "held" else [])
    assert later.held == ({"1", "derived"} if decided == "held" else set())
    without_md5 = edition(later, Entry("x", pdq=bytes([9]) * 32))
    assert not in_force(without_md5, IN_FORCE)


def test_a_release_carries_as_well_and_ends_a_withdrawal_by_hand() -> None:
    first = Chain.of([change(two("1", 1)), said(held=("1",)), said(released=("1",))])
    assert "renamed" in edition(first, two("renamed", 1, 2)).released
    gone = Chain.of([change(two("1", 1)), said(withdrawn=("1",)), said(released=("1",))])
    assert in_force(edition(gone, two("1", 1, 2)), IN_FORCE) == [two("1", 1, 2)]


def test_a_withdrawal_by_hand_outlives_a_change_that_lists_the_picture_again() -> None:
    chain = Chain.of([change(two("1", 1)), said(withdrawn=("1",)), change(two("other", 1, 5))])
    assert not in_force(chain, IN_FORCE, HELD)


def test_another_entry_in_force_with_the_same_picture_is_not_withdrawn() -> None:
    chain = Chain.of([change(two("member-7", 1, 5), two("member-8", 2, 5)), said(withdrawn=("member-7",))])
    assert in_force(chain, IN_FORCE) == [two("member-8", 2, 5)]
    assert in_force(edition(chain, two("a", 1, 5), two("b", 2, 5)), IN_FORCE) == [two("b", 2, 5)]


def test_ids_that_name_another_picture_than_before_are_counted() -> None:
    before, now = change(two("1", 1), two("2", 2), two("3", 3)), change(two("3", 3, 4), two("1", 2), two("4", 1))
    assert replaced_ids(before.entries, now.entries) == ("1",)
