"""256-bit perceptual codes as four 64-bit words, and the Hamming distance between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CODE_BITS = 256
CODE_BYTES = 32

Codes = NDArray[np.uint64]
"""n codes: shape (n, 4), four words of 64 bits each."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Pairs of a query and a row within the radius: three arrays of equal length, by query, then by row."""

    query: NDArray[np.uint32]
    row: NDArray[np.uint32]
    distance: NDArray[np.uint8]

    @classmethod
    def none(cls) -> "Hits":
        """No pair."""
        return cls(np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0, np.uint8))

    @classmethod
    def of(cls, query: NDArray[np.integer], row: NDArray[np.integer], distance: NDArray[np.integer]) -> "Hits":
        """Pairs from arrays of any integer type."""
        return cls(query.astype(np.uint32), row.astype(np.uint32), distance.astype(np.uint8))

    @classmethod
    def joined(cls, parts: Sequence["Hits"]) -> "Hits":
        """All pairs of `parts`, in that order. `parts` is not empty."""
        return cls(
            np.concatenate([part.query for part in parts]),
            np.concatenate([part.row for part in parts]),
            np.concatenate([part.distance for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.row)

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        return zip(self.query.tolist(), self.row.tolist(), self.distance.tolist(), strict=True)


def codes_of(raw: NDArray[np.uint8]) -> Codes:
    """Codes from (n, 32) bytes. The order of bits does not matter to a distance, only that it is always the same."""
    return np.ascontiguousarray(raw).view("<u8").reshape(-1, 4)


def codes_from(values: Sequence[bytes]) -> Codes:
    """Codes from byte strings of 32 bytes each."""
    return codes_of(np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, CODE_BYTES))


def distances(left: Codes, right: Codes) -> NDArray[np.uint16]:
    """The Hamming distance of each pair, in bits; shapes broadcast as arrays do."""
    apart: NDArray[np.uint16] = np.bitwise_count(left ^ right).sum(axis=-1, dtype=np.uint16)
    return apart
