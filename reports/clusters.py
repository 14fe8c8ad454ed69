"""Near-duplicates: pictures whose PDQ hashes lie close together belong to one cluster, so that they are seen at once.

Closeness is not transitive; a cluster is what a chain of close pairs joins. Pure; every pair is compared, in blocks.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

NEAR_BITS: Final = 31
"""PDQ's own match distance."""
BLOCK: Final = 512

Words = NDArray[np.uint64]


def clusters(hashes: Sequence[bytes]) -> tuple[int, ...]:
    """For each hash of 32 bytes the number of its cluster, from 1; 0 for one that is near no other.

    An empty hash (a picture without a reading) is near nothing.
    """
    present = [index for index, code in enumerate(hashes) if code]
    words = np.frombuffer(b"".join(hashes[index] for index in present), dtype=np.uint64).reshape(-1, 4)
    roots = list(range(len(hashes)))
    for start in range(0, len(present), BLOCK):
        for first, second in _near_pairs(words, start):
            _join(roots, present[first], present[second])
    return _numbered([_root(roots, index) for index in range(len(hashes))])


def _near_pairs(words: Words, start: int) -> list[tuple[int, int]]:
    """Pairs of rows, the first within the block from `start`, the second after it, that lie near each other."""
    block = words[start : start + BLOCK, np.newaxis, :] ^ words[np.newaxis, start:, :]
    distances = np.bitwise_count(block).sum(axis=2, dtype=np.uint16)
    rows, columns = np.nonzero(distances <= NEAR_BITS)
    return [
        (start + row, start + column)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if row < column
    ]


def _root(roots: list[int], index: int) -> int:
    while roots[index] != index:
        roots[index] = roots[roots[index]]
        index = roots[index]
    return index


def _join(roots: list[int], first: int, second: int) -> None:
    older, younger = sorted((_root(roots, first), _root(roots, second)))
    roots[younger] = older


def _numbered(roots: Sequence[int]) -> tuple[int, ...]:
    joined = [root for root in dict.fromkeys(roots) if roots.count(root) > 1]
    numbers = {root: number for number, root in enumerate(joined, start=1)}
    return tuple(numbers.get(root, 0) for root in roots)
