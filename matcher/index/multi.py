"""Exact range search among many codes by multi-index hashing. `matcher.index.plan` shows why nothing is lost.

Immutable once built. Costs 4 bytes a row for each chunk, 4 bytes a key value, and the 32 bytes of the code, which is
kept by reference. A search never costs much more than a flat scan, whatever the codes are: a query whose keys lead to
a large part of the rows (clusters, duplicates, a large radius) is answered by one.
"""

import numpy as np
from numpy.typing import NDArray

from matcher.index.buckets import Buckets
from matcher.index.codes import CodeHits, Codes, distances, permuted
from matcher.index.flat import FlatIndex
from matcher.index.plan import ChunkLayout, Probes, probes

_PROBES_AT_ONCE = 1 << 13
_CANDIDATES_AT_ONCE = 1 << 18
_FLAT_ROWS_A_PROBE = 12
"""A flat scan passes this many rows in the time of one random look-up (measured)."""


class MultiIndex:
    """Finds every code within a radius.

    `table` is that of an index made earlier of the same codes; ValueError where it cannot be, and for more codes than
    an index can number (over 400 million).
    """

    def __init__(self, codes: Codes, table: Buckets | None = None) -> None:
        self._codes = codes
        self._layout = ChunkLayout.of(len(codes))
        places, keys = self._layout.chunks * len(codes), self._layout.chunks << self._layout.key_bits
        if places >= 1 << 32 or keys >= 1 << 32:
            raise ValueError
        if table is not None and not table.fit(len(codes), places, keys):
            raise ValueError
        self.table = table or _made(codes, self._layout)

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def size_bytes(self) -> int:
        """Bytes in memory, with the codes."""
        return self._codes.nbytes + self.table.size_bytes

    def search(self, queries: Codes, radius_bits: int) -> CodeHits:
        """Return every row within `radius_bits` (0 to 255) of each query."""
        expected = self._layout.probes(radius_bits) * (1 + len(self._codes) / (1 << self._layout.key_bits))
        if expected * _FLAT_ROWS_A_PROBE > len(self._codes):
            return FlatIndex(self._codes).search(queries, radius_bits)
        wanted = probes(self._layout, radius_bits)
        at_once = max(1, _PROBES_AT_ONCE // len(wanted))
        starts = range(0, len(queries), at_once)
        return CodeHits.joined(
            [self._search(queries[start : start + at_once], wanted, radius_bits).numbered(start) for start in starts]
        )

    def _search(self, queries: Codes, wanted: Probes, radius_bits: int) -> CodeHits:
        starts, counts = self._ranges(queries, wanted)
        if len(queries) > 1 and counts.sum() > _CANDIDATES_AT_ONCE:
            each = [self._search(queries[item : item + 1], wanted, radius_bits) for item in range(len(queries))]
            return CodeHits.joined([hits.numbered(number) for number, hits in enumerate(each)])
        if (int(counts.sum()) + counts.size) * _FLAT_ROWS_A_PROBE > len(self._codes) * len(queries):
            return FlatIndex(self._codes).search(queries, radius_bits)
        return self._compared(queries, starts, counts, radius_bits)

    def _ranges(self, queries: Codes, wanted: Probes) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Return where each wanted key's rows start in the table, and how many there are: a line for each query."""
        keys = _keys(permuted(queries), self._layout, np.arange(self._layout.chunks))[:, wanted.chunk] ^ wanted.mask
        starts = self.table.offsets.take(keys, mode="clip")
        return starts, self.table.offsets.take(keys + 1, mode="clip") - starts

    def _compared(
        self, queries: Codes, starts: NDArray[np.uint32], counts: NDArray[np.uint32], radius_bits: int
    ) -> CodeHits:
        """Return the hits among the rows of these ranges."""
        used = np.flatnonzero(counts)
        held = counts.reshape(-1)[used].astype(np.int64)
        ends = np.cumsum(held)
        places = np.repeat(starts.reshape(-1)[used] - (ends - held), held)
        places += np.arange(len(places))
        row = self.table.rows.take(places, mode="clip")
        query = np.repeat(used // counts.shape[1], held)
        apart = distances(self._codes.take(row, axis=0, mode="clip"), queries.take(query, axis=0, mode="clip"))
        near = np.flatnonzero(apart <= radius_bits)
        return CodeHits.of(query[near], row[near], apart[near]).each_once()


def _made(codes: Codes, layout: ChunkLayout) -> Buckets:
    """Return the rows by chunk and key: the key values of the second chunk follow those of the first, and so on."""
    keys_of_all = 1 << layout.key_bits
    rows = np.empty(layout.chunks * len(codes), dtype=np.uint32)
    offsets = np.empty(layout.chunks * keys_of_all + 1, dtype=np.uint32)
    offsets[-1] = len(rows)
    spread = permuted(codes)
    for chunk in range(layout.chunks):
        keys = _keys(spread, layout, np.array([chunk]))[:, 0] & (keys_of_all - 1)
        one = Buckets.of(keys, layout.key_bits)
        rows[chunk * len(codes) : (chunk + 1) * len(codes)] = one.rows
        offsets[chunk * keys_of_all : (chunk + 1) * keys_of_all] = one.offsets[:-1] + np.uint32(chunk * len(codes))
    return Buckets(rows, offsets)


def _keys(spread: Codes, layout: ChunkLayout, chunks: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the key of each code in each of `chunks`, with the chunk's number above it: shape (codes, chunks).

    Bits that a shift brings in from beyond a code's end lie above the key's bits and are masked away.
    """
    word, shift = np.divmod(chunks * layout.key_bits, 64)
    low = spread[:, word] >> shift.astype(np.uint64)
    high = spread[:, np.minimum(word + 1, 3)] << (63 - shift).astype(np.uint64) << np.uint64(1)
    keys = ((low | high) & np.uint64((1 << layout.key_bits) - 1)).astype(np.int64)
    return keys | chunks << layout.key_bits
