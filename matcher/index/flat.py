"""Range search by looking at every code: the oracle that every faster index is tested against."""

import numpy as np

from matcher.index.codes import Codes, Hits, distances

_BLOCK_ROWS = 1 << 16


class FlatIndex:
    """Compares a query with each code. Exact by construction. `codes` is kept by reference."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def __len__(self) -> int:
        return len(self._codes)

    def search(self, queries: Codes, radius_bits: int) -> Hits:
        """Every row within `radius_bits` (0 to 255) of each query."""
        hits = [Hits.none()]
        for number, query in enumerate(queries):
            for start in range(0, len(self._codes), _BLOCK_ROWS):
                apart = distances(self._codes[start : start + _BLOCK_ROWS], query)
                near = np.flatnonzero(apart <= radius_bits)
                if len(near):
                    hits.append(Hits.of(np.full(len(near), number), near + start, apart[near]))
        return Hits.joined(hits)
