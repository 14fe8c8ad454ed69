from hypothesis import given
from hypothesis import strategies as st

from matcher.matching.noisy_entries import NoisyEntryWatch
from matcher.verdict import Match, Tier

KEY = bytes(32)
sites = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["x", "y"])), max_size=40)


def match(entry_id: str) -> Match:
    return Match("list", "issuer", "1", entry_id, "pdq", Tier.NEAR, 3, 31, None, "plain", 90, "A", "scheme")


@given(sites, st.integers(0, 4), st.integers(0, 40))
def test_an_entry_is_named_while_it_hits_on_more_sites_than_the_limit(
    seen: list[tuple[str, str]], most: int, restarted: int
) -> None:
    watch = NoisyEntryWatch(most, KEY)
    for number, (site, entry_id) in enumerate(seen, 1):
        if number == restarted:
            watch = NoisyEntryWatch(most, KEY, watch.tokens())
        named = watch.count(site, f"page of {site}", [match(entry_id), match(entry_id)])
        distinct = {place for place, entry in seen[:number] if entry == entry_id}
        assert named == ((("list", entry_id),) if len(distinct) > most else ())


def test_what_is_settled_is_never_named() -> None:
    watch = NoisyEntryWatch(0, KEY)
    watch.settle([("list", "x")])
    assert watch.count("a", "", [match("x"), match("y")]) == (("list", "y"),)


def test_mirrors_count_once() -> None:
    watch = NoisyEntryWatch(1, KEY)
    assert [watch.count(site, "the same page", [match("x")]) for site in "abc"] == [(), (), ()]
    assert watch.count("d", "another page", [match("x")]) == (("list", "x"),)


def test_what_is_kept_tells_no_address_no_entry_and_hardly_a_number() -> None:
    watch = NoisyEntryWatch(9, KEY)
    before = watch.tokens()
    watch.count("madeup.onion", "page", [match("entry-1")])
    kept = watch.tokens()
    assert len(kept) == len(before) > 0
    assert not {b"madeup", b"entry-1"} & {kept[at : at + size] for size in (6, 7) for at in range(len(kept))}
    assert "madeup" not in str(vars(watch))
    assert NoisyEntryWatch(0, bytes([1]) * 32, kept).count("other", "p", [match("z")]) == (("list", "z"),)


def test_what_it_was_filled_up_with_is_forgotten() -> None:
    once = NoisyEntryWatch(9, KEY).tokens()
    twice = NoisyEntryWatch(9, KEY, once).tokens()
    assert len(once) == len(twice)
    assert once != twice
