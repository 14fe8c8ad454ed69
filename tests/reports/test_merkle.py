"""The tree against the definitions of RFC 9162, written down naively, and proofs against every way of bending them."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.log.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

entries = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = max(1 << power for power in range(64) if 1 << power < len(leaves))
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


class Grown:
    """A tree grown leaf by leaf, and the nodes it said were full."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.frontier = Frontier()
        self.nodes: dict[tuple[int, int], bytes] = {}
        for leaf in leaves:
            for level, position, value in self.frontier.append(leaf_hash(leaf)):
                assert (level, position) not in self.nodes
                self.nodes[level, position] = value

    def node(self, level: int, position: int) -> bytes:
        return self.nodes[level, position]


def flip(data: bytes, bit: int) -> bytes:
    at = bit // 8 % len(data)
    return data[:at] + bytes([data[at] ^ 1 << bit % 8]) + data[at + 1 :]


@given(entries)
def test_the_incremental_root_is_the_defined_one(leaves: list[bytes]) -> None:
    assert Grown(leaves).frontier.root() == naive_root(leaves)


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Frontier().root() == EMPTY_ROOT == naive_root([])


@given(entries)
def test_a_frontier_goes_on_from_its_peaks(leaves: list[bytes]) -> None:
    half = Grown(leaves[: len(leaves) // 2]).frontier
    resumed = Frontier(half.size, half.peaks)
    for leaf in leaves[len(leaves) // 2 :]:
        resumed.append(leaf_hash(leaf))
    assert resumed.root() == naive_root(leaves)


@given(entries)
def test_full_nodes_are_all_and_only_the_full_subtrees(leaves: list[bytes]) -> None:
    full = {(level, p) for level in range(7) for p in range(len(leaves) >> level)}
    assert set(Grown(leaves).nodes) == full


@given(st.integers(0, 200), st.lists(st.binary(min_size=32, max_size=32), max_size=9))
def test_a_frontier_of_the_wrong_number_of_peaks_is_refused(size: int, peaks: list[bytes]) -> None:
    if len(peaks) == size.bit_count():
        assert Frontier(size, peaks).peaks == tuple(peaks)
    else:
        with pytest.raises(ValueError, match="peaks"):
            Frontier(size, peaks)


@given(entries, st.data())
def test_inclusion_is_proven_and_bent_proofs_are_not(leaves: list[bytes], data: st.DataObject) -> None:
    tree, size = Grown(leaves), len(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof, root, leaf = inclusion_proof(index, size, tree.node), naive_root(leaves), leaf_hash(leaves[index])
    assert verify_inclusion(leaf, index, size, proof, root)
    bit = data.draw(st.integers(0, 1 << 20))
    assert not verify_inclusion(flip(leaf, bit), index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, flip(root, bit))
    assert not verify_inclusion(leaf, index, size, (*proof, root), root)
    assert not verify_inclusion(leaf, size, size, proof, root)
    assert not verify_inclusion(leaf, -1, size, proof, root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bent = (*proof[:at], flip(proof[at], bit), *proof[at + 1 :])
        assert not verify_inclusion(leaf, index, size, bent, root)
        assert not verify_inclusion(leaf, index, size, proof[:-1], root)


@given(entries, st.data())
def test_a_proof_is_for_one_place_only(leaves: list[bytes], data: st.DataObject) -> None:
    size = len(leaves)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    distinct = [leaf + bytes([i]) for i, leaf in enumerate(leaves)]
    proof = inclusion_proof(index, size, Grown(distinct).node)
    held = verify_inclusion(leaf_hash(distinct[index]), other, size, proof, naive_root(distinct))
    assert held == (index == other)


@given(entries, st.data())
def test_growth_is_proven_and_bent_proofs_are_not(leaves: list[bytes], data: st.DataObject) -> None:
    new, tree = len(leaves), Grown(leaves)
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, tree.node)
    before, after = naive_root(leaves[:old]), naive_root(leaves)
    assert verify_consistency(old, new, before, after, proof)
    bit = data.draw(st.integers(0, 1 << 20))
    assert not verify_consistency(old, new, flip(before, bit), after, proof)
    assert not verify_consistency(old, new, before, flip(after, bit), proof)
    assert not verify_consistency(old, new, before, after, (*proof, after))
    assert not verify_consistency(new + 1, new, before, after, proof)
    for at in range(len(proof)):
        bent = (*proof[:at], flip(proof[at], bit), *proof[at + 1 :])
        assert not verify_consistency(old, new, before, after, bent)
    if proof:
        assert not verify_consistency(old, new, before, after, proof[:-1])
        assert not verify_consistency(old, new, before, after, ())


@given(entries, st.data())
@settings(max_examples=50)
def test_a_rewritten_past_has_no_proof(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    at = data.draw(st.integers(0, old - 1))
    rewritten = [*leaves[:at], leaves[at] + b"!", *leaves[at + 1 :]]
    proof = consistency_proof(old, len(leaves), Grown(rewritten).node)
    assert not verify_consistency(old, len(leaves), naive_root(leaves[:old]), naive_root(rewritten), proof)


def test_every_tree_begins_with_the_empty_one() -> None:
    tree = Grown([b"a", b"b"])
    assert consistency_proof(0, 2, tree.node) == ()
    assert verify_consistency(0, 2, EMPTY_ROOT, tree.frontier.root(), ())
    assert not verify_consistency(0, 2, tree.frontier.root(), tree.frontier.root(), ())


def test_proofs_beyond_the_tree_are_errors() -> None:
    tree = Grown([b"a"])
    with pytest.raises(IndexError):
        inclusion_proof(1, 1, tree.node)
    with pytest.raises(IndexError):
        consistency_proof(2, 1, tree.node)


def test_known_values() -> None:
    """The first roots of the tree of the transparency logs' published test data, computed by hand from the RFC."""
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert leaf_hash(b"a") != node_hash(b"a", b"")


@given(entries, st.data())
def test_a_proof_of_growth_is_as_long_as_its_sizes_demand(leaves: list[bytes], data: st.DataObject) -> None:
    """Whoever shows a root may choose it: a proof of other sizes must not pass beside the root that it leads to."""
    new, tree = len(leaves), Grown(leaves)
    old = data.draw(st.integers(1, new))
    claimed = data.draw(st.integers(old, 200))
    longer = Grown([b"leaf"] * claimed)
    proof = consistency_proof(old, new, tree.node)
    if len(proof) != len(consistency_proof(old, claimed, longer.node)):
        assert not verify_consistency(old, claimed, naive_root(leaves[:old]), naive_root(leaves), proof)
