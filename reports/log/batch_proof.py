"""Batch proofs: many leaves proven together with one, short for leaves logged near each other. Pure.

The one leaf has its inclusion proof (RFC 9162, 2.1.3): the hashes of the sub-trees that it is not in. Another leaf lies
in one of these, and is proven by the hashes that lead up to that sub-tree's hash.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from reports.log.merkle import NodeReader, hash_of, node_hash, split

Range = tuple[int, int]
"""The leaves from the first to the last but one."""


def beside_proof(index: int, beside: Collection[int], size: int, node: NodeReader) -> tuple[bytes, ...]:
    """Return the proof of the leaves `beside` leaf `index`. Raise IndexError for one not in the tree of `size`."""
    if not all(0 <= item < size for item in (index, *beside)):
        msg = f"a leaf is not in a tree of {size}"
        raise IndexError(msg)
    siblings = [_within(sibling, beside) for sibling in _siblings(index, size)]
    return tuple(hash_of(*gap, node) for span, wanted in siblings if wanted for gap in _gaps(span, wanted))


def verify_beside(
    index: int, size: int, proof: Sequence[bytes], beside: Mapping[int, bytes], nodes: Sequence[bytes]
) -> bool:
    """Return True if `nodes` prove these leaves' hashes in the tree in which `proof` proves leaf `index`.

    The caller verifies `proof` itself.
    """
    siblings = list(_siblings(index, size)) if 0 <= index < size else None
    if siblings is None or len(siblings) != len(proof) or index in beside:
        return False
    left, proven = iter(nodes), 0
    for span, root in zip(siblings, reversed(proof), strict=True):
        _, wanted = _within(span, beside)
        if wanted and _rebuilt(span, {item: beside[item] for item in wanted}, left) != root:
            return False
        proven += len(wanted)
    return proven == len(beside) and next(left, None) is None


def _siblings(index: int, size: int) -> Iterator[Range]:
    """Yield the sub-trees that the leaf is not in, from the root down: the inclusion proof, from its end."""
    first, end = 0, size
    while end - first > 1:
        middle = first + split(end - first)
        yield (middle, end) if index < middle else (first, middle)
        first, end = (first, middle) if index < middle else (middle, end)


def _within(span: Range, leaves: Collection[int]) -> tuple[Range, list[int]]:
    return span, [leaf for leaf in leaves if span[0] <= leaf < span[1]]


def _gaps(span: Range, wanted: Collection[int]) -> Iterator[Range]:
    """Yield the largest sub-trees of this one without any wanted leaf, from left to right."""
    if not wanted:
        yield span
    elif span[1] - span[0] > 1:
        for half in _halves(span):
            yield from _gaps(*_within(half, wanted))


def _rebuilt(span: Range, leaves: Mapping[int, bytes], nodes: Iterator[bytes]) -> bytes:
    """Return the hash of this sub-tree from its wanted leaves and the given hashes; empty if one is missing."""
    if not leaves:
        return next(nodes, b"")
    if span[1] - span[0] == 1:
        return leaves[span[0]]
    halves = [_within(half, leaves) for half in _halves(span)]
    left, right = (_rebuilt(half, {item: leaves[item] for item in wanted}, nodes) for half, wanted in halves)
    return node_hash(left, right)


def _halves(span: Range) -> tuple[Range, Range]:
    middle = span[0] + split(span[1] - span[0])
    return (span[0], middle), (middle, span[1])
