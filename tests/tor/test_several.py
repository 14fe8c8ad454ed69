"""Sites are spread over tors by their addresses, evenly and always alike."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scanner.tor.tor_pool import number_of
from tests.authority.making import address


@given(st.integers(0, 10_000), st.integers(1, 64))
def test_a_site_belongs_to_one_of_them_and_always_the_same(seed: int, tors: int) -> None:
    assert 0 <= number_of(address(seed), tors) < tors
    assert number_of(address(seed), tors) == number_of(address(seed), tors)


def test_sites_are_spread_evenly() -> None:
    counts = Counter(number_of(address(seed), 4) for seed in range(2_000))
    assert min(counts.values()) > 400
