from hypothesis import given
from hypothesis import strategies as st

from matcher.flood import FloodWatch
from matcher.verdict import Match, Tier

sites = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["x", "y"])), max_size=40)


def match(entry_id: str) -> Match:
    return Match("list", "issuer", "1", entry_id, "pdq", Tier.NEAR, 3, 31, None, "plain", 90, "A", "scheme")


@given(sites, st.integers(0, 4))
def test_an_entry_is_named_once_when_it_hits_on_more_sites_than_the_limit(
    seen: list[tuple[str, str]], most: int
) -> None:
    watch = FloodWatch(most)
    named: list[str] = []
    for number, (site, entry_id) in enumerate(seen, 1):
        named += [entry for _, entry in watch.saw(site, [match(entry_id), match(entry_id)])]
        distinct = {one: {place for place, entry in seen[:number] if entry == one} for one in "xy"}
        assert sorted(named) == [one for one in "xy" if len(distinct[one]) > most]


def test_a_reviewed_entry_is_never_named() -> None:
    watch = FloodWatch(0, reviewed=[("list", "x")])
    assert watch.saw("a", [match("x"), match("y")]) == (("list", "y"),)


def test_no_address_is_kept() -> None:
    watch = FloodWatch(9)
    watch.saw("madeup.onion", [match("x")])
    assert "madeup" not in str(watch.__dict__)
