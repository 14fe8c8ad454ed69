"""Clusters of near-duplicates: what a chain of close pairs joins, and nothing else."""

from itertools import combinations
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from reports.referral.clusters import NEAR_BITS, clusters


def distance(first: bytes, second: bytes) -> int:
    return (int.from_bytes(first) ^ int.from_bytes(second)).bit_count()


def joined_by_hand(codes: list[bytes]) -> list[set[int]]:
    """Every pair compared, groups merged until nothing changes."""
    groups = [{number} for number, code in enumerate(codes) if code]
    for first, second in combinations(range(len(codes)), 2):
        if codes[first] and codes[second] and distance(codes[first], codes[second]) <= NEAR_BITS:
            one = next(group for group in groups if first in group)
            other = next(group for group in groups if second in group)
            if one is not other:
                one |= other
                groups.remove(other)
    return [group for group in groups if len(group) > 1]


@st.composite
def families(draw: st.DrawFn) -> list[bytes]:
    """A few originals, copies of each with some bits flipped (around the border of what is near), and blanks."""
    seeds = draw(st.lists(st.integers(0, 2**32), min_size=1, max_size=4))
    codes = []
    for seed in seeds:
        original = Random(seed).getrandbits(256)  # noqa: S311 - made-up codes
        for bits in draw(st.lists(st.integers(0, 40), min_size=1, max_size=5)):
            places = Random(seed + bits).sample(range(256), bits)  # noqa: S311 - made-up codes
            flipped = sum(1 << place for place in places)
            codes.append((original ^ flipped).to_bytes(32))
    return draw(st.permutations([*codes, *[b""] * draw(st.integers(0, 2))]))


@given(families())
def test_a_cluster_is_what_a_chain_of_close_pairs_joins(codes: list[bytes]) -> None:
    numbers = clusters(codes)
    told = [{place for place, one in enumerate(numbers) if one == number} for number in range(1, max(numbers) + 1)]
    assert sorted(map(sorted, told)) == sorted(map(sorted, joined_by_hand(codes)))


def test_many_pictures_stay_within_bounds() -> None:
    """Twenty thousand that differ and one that stands a thousand times: no table of all pairs is made."""
    random = Random(7)  # noqa: S311 - made-up codes
    codes = [random.randbytes(32) for _ in range(20_000)] + [bytes(32)] * 1_000
    numbers = clusters(codes)
    assert set(numbers[:20_000]) == {0}
    assert set(numbers[20_000:]) == {1}
