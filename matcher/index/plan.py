"""The layout of a multi-index for its size, and the keys that a search of a given radius must look up.

A code is cut into m chunks. If two codes lie within r bits, and t_1 .. t_m are chosen so that the sum of (t_i + 1) is
r + 1, then in at least one chunk they differ in at most t_i bits: if every chunk were worse, the distance would be at
least the sum of (t_i + 1), which is more than r. So it is enough to look up every key within t_i flips in each chunk.
A chunk may be left out (t_i = -1). Source: Norouzi, Punjani, Fleet: Fast Search in Hamming Space with Multi-Index
Hashing (CVPR 2012).
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, log2

import numpy as np
from numpy.typing import NDArray

from matcher.index.codes import CODE_BITS

_FEWEST_KEY_BITS, _MOST_KEY_BITS = 8, 26
_ROWS_A_KEY = 0.85
"""A key value has about this many rows, up to twice as many: measured, the best bargain of time and memory."""


@dataclass(frozen=True, slots=True)
class ChunkLayout:
    """`chunks` chunks of `key_bits` bits each; bits beyond them belong to no chunk."""

    chunks: int
    key_bits: int

    @classmethod
    def of(cls, rows: int) -> "ChunkLayout":
        """Return the layout for an index of this many rows."""
        key_bits = int(log2(max(rows, 1) / _ROWS_A_KEY))
        key_bits = max(_FEWEST_KEY_BITS, min(_MOST_KEY_BITS, key_bits))
        return cls(CODE_BITS // key_bits, key_bits)

    def flips(self, radius_bits: int) -> tuple[int, ...]:
        """Return the most bits to flip in each chunk, as even as can be: keys grow faster than flips."""
        each, more = divmod(radius_bits + 1, self.chunks)
        return tuple(each if chunk < more else each - 1 for chunk in range(self.chunks))

    def probes(self, radius_bits: int) -> int:
        """Return how many keys a search of this radius looks up."""
        return sum(comb(self.key_bits, bits) for most in self.flips(radius_bits) for bits in range(most + 1))


@dataclass(frozen=True, slots=True)
class Probes:
    """The keys to look at: the key of chunk `chunk[i]` with the bits of `mask[i]` flipped, for every i."""

    chunk: NDArray[np.int64]
    mask: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.mask)


@lru_cache(maxsize=32)
def probes(layout: ChunkLayout, radius_bits: int) -> Probes:
    """Return the keys that a search of this radius must look up."""
    masks = [_masks(layout.key_bits, most) for most in layout.flips(radius_bits)]
    chunk = np.repeat(np.arange(layout.chunks), [len(mask) for mask in masks])
    return Probes(chunk, np.concatenate(masks))


@lru_cache(maxsize=32)
def _masks(key_bits: int, most: int) -> NDArray[np.int64]:
    """Return every word of `key_bits` bits with at most `most` bits set, ascending; none for a `most` of -1."""
    ones = [1 << bit for bit in range(key_bits)]
    return np.sort([sum(chosen) for count in range(most + 1) for chosen in combinations(ones, count)]).astype(np.int64)
