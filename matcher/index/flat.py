"""Range search by looking at every code: the oracle that faster indexes are tested against, and their last resort."""

import numpy as np

from matcher.index.codes import Codes, Hits, distances

_BLOCK_ROWS = 1 << 14
"""A block and what is made of it stay in the processor's cache."""


class FlatIndex:
    """Compares a query with each code. Exact by construction. `codes` is kept by reference."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def __len__(self) -> int:
        return len(self._codes)

    def search(self, queries: Codes, radius_bits: int) -> Hits:
        """Every row within `radius_bits` (0 to 255) of each query."""
        return Hits.joined([self._search(number, query, radius_bits) for number, query in enumerate(queries)])

    def _search(self, number: int, query: Codes, radius_bits: int) -> Hits:
        stretched = np.repeat(query[np.newaxis], min(len(self._codes), _BLOCK_ROWS), axis=0)
        hits = []
        for start in range(0, len(self._codes), _BLOCK_ROWS):
            block = self._codes[start : start + _BLOCK_ROWS]
            apart = distances(block, stretched[: len(block)])
            near = np.flatnonzero(apart <= radius_bits)
            if len(near):
                hits.append(Hits.of(np.full(len(near), number), near + start, apart[near]))
        return Hits.joined(hits)
