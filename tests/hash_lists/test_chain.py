from hypothesis import given
from hypothesis import strategies as st

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
    chain = Chain.of([change(entry("a"), entry("b")), change(held=("a",)), change(entry("a", 5))])
    assert in_force(chain, HELD) == [entry("a", 5)]
    assert in_force(chain.then(change(released=("a",))), HELD) == []
    assert in_force(chain.then(change(withdrawn=("a",), released=("b",))), HELD) == []


def test_an_earlier_chain_is_not_altered() -> None:
    chain = Chain.of([change(entry("a"))])
    chain.then(change(withdrawn=("a",)))
    assert in_force(chain, IN_FORCE) == [entry("a")]


some_ids = st.lists(st.sampled_from(IDS), max_size=2).map(tuple)
some_entries = st.lists(
    st.builds(
        entry, st.sampled_from(IDS), st.integers(1, 9), st.sampled_from(["", "A", "B"]), st.sampled_from(["", "n"])
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
