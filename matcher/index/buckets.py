"""Rows grouped by a short key: the building stone of every lookup here.

Built by one sort of (key, row) pairs packed into 64 bits. Immutable. Costs 4 bytes a row and 4 bytes a key value.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Buckets:
    """The rows with key k are `rows[offsets[k]:offsets[k + 1]]`, in ascending order."""

    rows: NDArray[np.uint32]
    offsets: NDArray[np.uint32]

    @classmethod
    def of(cls, keys: NDArray[np.uint32], key_bits: int) -> "Buckets":
        """Group rows 0, 1, ... by `keys`, each below 2 ** `key_bits`. At most 2 ** 32 - 1 rows."""
        packed = keys.astype(np.uint64) << np.uint64(32)
        packed |= np.arange(len(keys), dtype=np.uint64)
        packed.sort()
        offsets = np.zeros((1 << key_bits) + 1, dtype=np.uint32)
        np.cumsum(np.bincount(keys, minlength=1 << key_bits), out=offsets[1:])
        return cls(packed.astype(np.uint32), offsets)

    def of_key(self, key: int) -> NDArray[np.uint32]:
        """The rows with this key."""
        return self.rows[int(self.offsets[key]) : int(self.offsets[key + 1])]


def bits_for(rows: int, most: int) -> int:
    """A key width at which a bucket holds about one row: log2 of the count, between 1 and `most` bits."""
    return max(1, min(most, rows.bit_length()))
