"""Near-duplicates: pictures whose PDQ hashes lie close together form one cluster, to be looked at together.

Closeness is not transitive; a cluster joins a chain of close pairs. Pure. No close pair is missed, because the index is
exact (docs/adr/0005). Memory grows with the number of hashes, not with that of the pairs.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from matcher.index.codes import codes_from
from matcher.index.multi import MultiIndex

NEAR_BITS: Final = 31
"""PDQ's own match distance."""
AT_ONCE: Final = 64
"""Hashes that are looked up together: however many lie near each of them, their pairs stay few."""


def clusters(hashes: Sequence[bytes]) -> tuple[int, ...]:
    """Return each 32-byte hash's cluster number, from 1; 0 for one that is near no other.

    An empty hash (a picture without a reading) is near nothing.
    """
    different = list(dict.fromkeys(code for code in hashes if code))
    place = {code: number for number, code in enumerate(different)}
    roots = _joined(different)
    return _numbered([_root(roots, place[code]) if code else -1 for code in hashes])


def _joined(different: Sequence[bytes]) -> list[int]:
    """Return for each of these codes one that it is joined to; following them leads to the cluster's root."""
    roots = list(range(len(different)))
    if not different:
        return roots
    codes = codes_from(different)
    index = MultiIndex(codes)
    for start in range(0, len(codes), AT_ONCE):
        for query, row, _ in index.search(codes[start : start + AT_ONCE], NEAR_BITS):
            if row < start + query:
                _join(roots, row, start + query)
    return roots


def _root(roots: list[int], index: int) -> int:
    while roots[index] != index:
        roots[index] = roots[roots[index]]
        index = roots[index]
    return index


def _join(roots: list[int], first: int, second: int) -> None:
    older, younger = sorted((_root(roots, first), _root(roots, second)))
    roots[younger] = older


def _numbered(roots: Sequence[int]) -> tuple[int, ...]:
    """Number the clusters by their first picture; a lone picture has none."""
    pictures = Counter(root for root in roots if root >= 0)
    joined = (root for root, count in pictures.items() if count > 1)
    numbers = {root: number for number, root in enumerate(joined, start=1)}
    return tuple(numbers.get(root, 0) for root in roots)
