"""256-bit perceptual codes as four 64-bit words, the Hamming distance between them, and their fixed permutation.

The bits of real pictures' hashes are not independent: neighbours in the 16 x 16 grid of frequencies go together, so
that a run of neighbouring bits makes a poor key. One fixed permutation spreads them, and keys behave as if uniform.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

CODE_BITS = 256
CODE_BYTES = 32

Codes = NDArray[np.uint64]
"""n codes: shape (n, 4), four words of 64 bits each."""

_PERMUTATION = np.array(sorted(range(CODE_BITS), key=lambda bit: sha256(bytes([bit])).digest()))
_BLOCK_ROWS = 1 << 13


@dataclass(frozen=True, slots=True)
class CodeHits:
    """Pairs of a query and a row within the radius: three arrays of equal length, by query, then by row."""

    query: NDArray[np.uint32]
    row: NDArray[np.uint32]
    distance: NDArray[np.uint8]

    @classmethod
    def none(cls) -> "CodeHits":
        """Return no pairs."""
        return cls(np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0, np.uint8))

    @classmethod
    def of(cls, query: NDArray[np.integer], row: NDArray[np.integer], distance: NDArray[np.integer]) -> "CodeHits":
        """Pairs from arrays of any integer type."""
        return cls(query.astype(np.uint32), row.astype(np.uint32), distance.astype(np.uint8))

    @classmethod
    def joined(cls, parts: Sequence["CodeHits"]) -> "CodeHits":
        """Return all pairs of `parts`, in that order."""
        if not parts:
            return cls.none()
        return cls(
            np.concatenate([part.query for part in parts]),
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.distance for part in parts]),
        )

    def numbered(self, first: int) -> "CodeHits":
        """Return the same pairs, with the first query numbered `first`."""
        return CodeHits(self.query + np.uint32(first), self.row, self.distance) if first else self

    def each_once(self) -> "CodeHits":
        """Return the same pairs in order, without repeats."""
        pairs = self.query.astype(np.uint64) << np.uint64(32) | self.row
        _, first = np.unique(pairs, return_index=True)
        return CodeHits(self.query[first], self.row[first], self.distance[first])

    def __len__(self) -> int:
        return len(self.row)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        return zip(self.query.tolist(), self.row.tolist(), self.distance.tolist(), strict=True)


def codes_of(raw: NDArray[np.uint8]) -> Codes:
    """Codes from (n, 32) bytes, without a copy where they lie in order."""
    return np.ascontiguousarray(raw).view("<u8").reshape(-1, 4)


def codes_from(values: Sequence[bytes]) -> Codes:
    """Codes from byte strings of 32 bytes each."""
    return codes_of(np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, CODE_BYTES))


def distances(left: Codes, right: Codes) -> NDArray[np.uint32]:
    """Return the Hamming distance of each pair of rows, in bits, 0 to 256.

    Both have the same shape: numpy is six times slower when it must stretch one code over many. The four counts of a
    code are summed as bytes within one word: twice as fast as a sum along an axis.
    """
    counts = np.bitwise_count(left ^ right).view("<u4")[..., 0]
    pairs = (counts & 0x00FF00FF) + (counts >> 8 & 0x00FF00FF)
    apart: NDArray[np.uint32] = (pairs + (pairs >> 16)) & 0xFFFF
    return apart


def permuted(codes: Codes) -> Codes:
    """Return the same codes with their bits in the fixed, spread order: same distances, better keys."""
    spread = np.empty_like(codes)
    for start in range(0, len(codes), _BLOCK_ROWS):
        block = codes[start : start + _BLOCK_ROWS].view(np.uint8).reshape(-1, CODE_BYTES)
        bits = np.take(np.unpackbits(block, axis=1), _PERMUTATION, axis=1)
        spread[start : start + _BLOCK_ROWS] = codes_of(np.packbits(bits, axis=1))
    return spread
