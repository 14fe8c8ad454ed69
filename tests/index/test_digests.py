import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.index.buckets import Buckets
from matcher.index.digests import DigestIndex


def index_of(digests: list[bytes]) -> DigestIndex:
    size = len(digests[0]) if digests else 16
    table = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, size)
    return DigestIndex(table, np.arange(len(table), dtype=np.uint32))


@given(st.lists(st.binary(min_size=20, max_size=20), max_size=50), st.binary(min_size=20, max_size=20))
def test_a_digest_is_found_wherever_it_stands(digests: list[bytes], other: bytes) -> None:
    index = index_of(digests)
    for digest in {*digests, other}:
        assert index.rows(digest) == [row for row, one in enumerate(digests) if one == digest]


@pytest.mark.parametrize("count", [1, 2, 3, 1023, 1024, 5000])
def test_a_digest_that_shares_its_first_bytes_is_another(count: int) -> None:
    index = index_of([b"\xff" * 12 + row.to_bytes(4) for row in range(count)])
    assert index.rows(b"\xff" * 12 + (count - 1).to_bytes(4)) == [count - 1]
    assert index.rows(b"\xff" * 12 + count.to_bytes(4)) == []


def test_only_the_rows_that_carry_the_digest_are_looked_at() -> None:
    table = np.zeros((3, 16), np.uint8)
    assert DigestIndex(table, np.array([1], np.uint32)).rows(bytes(16)) == [1]


@given(st.lists(st.integers(0, 15), max_size=60))
def test_buckets_hold_each_row_once_in_order(keys: list[int]) -> None:
    buckets = Buckets.of(np.array(keys, np.uint32), 4)
    assert [buckets.of_key(key).tolist() for key in range(16)] == [
        [row for row, one in enumerate(keys) if one == key] for key in range(16)
    ]
