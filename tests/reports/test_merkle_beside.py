"""Leaves proven beside one another: any set of them in small trees, and proofs against every way of bending them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.log.batch_proof import beside_proof, verify_beside
from reports.log.merkle import inclusion_proof, leaf_hash, verify_inclusion
from tests.reports.test_merkle import Grown, flip

LEAVES = [bytes([number]) for number in range(70)]


@st.composite
def chosen(draw: st.DrawFn) -> tuple[int, int, set[int]]:
    """A tree's size, one leaf of it, and some others."""
    size = draw(st.integers(1, len(LEAVES)))
    index = draw(st.integers(0, size - 1))
    return size, index, draw(st.sets(st.integers(0, size - 1), max_size=12)) - {index}


def proven(size: int, index: int, beside: set[int]) -> tuple[Grown, tuple[bytes, ...], tuple[bytes, ...]]:
    tree = Grown(LEAVES[:size])
    proof = inclusion_proof(index, size, tree.node)
    assert verify_inclusion(leaf_hash(LEAVES[index]), index, size, proof, tree.frontier.root())
    return tree, proof, beside_proof(index, beside, size, tree.node)


def hashes(beside: set[int]) -> dict[int, bytes]:
    return {one: leaf_hash(LEAVES[one]) for one in beside}


@given(chosen())
def test_they_hold(drawn: tuple[int, int, set[int]]) -> None:
    size, index, beside = drawn
    _, proof, nodes = proven(size, index, beside)
    assert verify_beside(index, size, proof, hashes(beside), nodes)


@given(chosen())
def test_no_more_is_carried_than_proofs_by_themselves_would(drawn: tuple[int, int, set[int]]) -> None:
    size, index, beside = drawn
    tree, _, nodes = proven(size, index, beside)
    assert len(nodes) <= sum(len(inclusion_proof(one, size, tree.node)) for one in beside)


@given(chosen(), st.integers(0, 255))
def test_a_flipped_bit_is_noticed(drawn: tuple[int, int, set[int]], bit: int) -> None:
    size, index, beside = drawn
    _, proof, nodes = proven(size, index, beside)
    for one in beside:
        bent = hashes(beside) | {one: flip(leaf_hash(LEAVES[one]), bit)}
        assert not verify_beside(index, size, proof, bent, nodes)
    for number, node in enumerate(nodes):
        changed = (*nodes[:number], flip(node, bit), *nodes[number + 1 :])
        assert not verify_beside(index, size, proof, hashes(beside), changed)


@given(chosen())
def test_what_is_dropped_added_or_moved_is_noticed(drawn: tuple[int, int, set[int]]) -> None:
    size, index, beside = drawn
    _, proof, nodes = proven(size, index, beside)
    assert not verify_beside(index, size, proof, hashes(beside), (*nodes, bytes(32)))
    assert not verify_beside(index, size, proof, hashes(beside) | {index: leaf_hash(LEAVES[index])}, nodes)
    assert not verify_beside(index, size, proof, hashes(beside) | {size: bytes(32)}, nodes)
    if nodes:
        assert not verify_beside(index, size, proof, hashes(beside), nodes[1:])
        assert not verify_beside(index, size, proof, hashes(beside), nodes[:-1])
    if proof:
        assert not verify_beside(index, size, proof[1:], hashes(beside), nodes)


def test_leaves_that_are_not_there_cannot_be_asked_for() -> None:
    tree = Grown(LEAVES[:5])
    with pytest.raises(IndexError):
        beside_proof(2, {5}, 5, tree.node)
    with pytest.raises(IndexError):
        beside_proof(2, {-1}, 5, tree.node)
    assert not verify_beside(5, 5, (), {}, ())
