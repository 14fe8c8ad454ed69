"""Statements in pieces: whatever is written in few of them is as if it were written one by one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.store.chunks import SIZES, pieces
from tests.reports.benches import Bench


@given(st.lists(st.integers(), max_size=300))
def test_pieces_are_the_items_in_order(items: list[int]) -> None:
    cut = list(pieces(items))
    assert [item for piece in cut for item in piece] == items
    assert all(len(piece) in SIZES for piece in cut)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 3 * max(SIZES)), st.data())
def test_intents_of_any_number_are_written_and_concluded_in_parts(
    tmp_path_factory: pytest.TempPathFactory, count: int, data: st.DataObject
) -> None:
    """Each is there, proven beside the others, and waits for its conclusion until that comes, once."""
    bench = Bench(tmp_path_factory.mktemp("bench"))
    claim = bench.claim()
    leaves = bench.intend(claim, count)
    some = data.draw(st.sets(st.sampled_from(leaves), min_size=1))
    bench.ledger.conclude(claim, [bench.ended(leaf) for leaf in sorted(some)])
    with pytest.raises(ValueError, match="do not wait"):
        bench.ledger.conclude(claim, [bench.ended(leaf) for leaf in leaves])
    bench.ledger.conclude(claim, [bench.ended(leaf) for leaf in sorted(set(leaves) - some)])
    (found,) = bench.ledger.included([(leaves[0], leaves[1:])], leaves[-1] + 1)
    assert list(found.beside) == [bench.ledger.leaf(leaf) for leaf in leaves[1:]]
    bench.ledger.close()
