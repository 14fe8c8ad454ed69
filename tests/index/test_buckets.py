"""Both ways of grouping rows by key give the same buckets: those of a plain dictionary."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matcher.index.buckets import Buckets, _sorted, _turned

KEY_BITS = 4


@given(st.lists(st.integers(0, 2**KEY_BITS - 1), min_size=1))
def test_short_and_long_lists_are_grouped_alike(keys: list[int]) -> None:
    for made in (_sorted, _turned):
        buckets = made(np.array(keys, np.uint32), KEY_BITS)
        assert buckets.fit(len(keys), len(keys), 2**KEY_BITS)
        for key in range(2**KEY_BITS):
            assert buckets.of_key(key).tolist() == [row for row, one in enumerate(keys) if one == key]


def test_no_rows_make_empty_buckets() -> None:
    assert Buckets.of(np.zeros(0, np.uint32), KEY_BITS).of_key(3).tolist() == []
