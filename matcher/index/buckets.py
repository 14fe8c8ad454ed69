"""Rows grouped by a short key: the building stone of every lookup here.

Immutable. Costs 4 bytes a row and 4 bytes a key value.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FEW_ROWS = 1 << 16
"""Up to this many rows a plain sort is quick, and scipy, which takes a quarter of a second to load, is not needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """The rows with key k are `rows[offsets[k]:offsets[k + 1]]`, in ascending order."""

    rows: NDArray[np.uint32]
    offsets: NDArray[np.uint32]

    @classmethod
    def of(cls, keys: NDArray[np.integer[Any]], key_bits: int) -> "Buckets":
        """Group rows 0, 1, ... by `keys`, each below 2 ** `key_bits`. At most 2 ** 31 - 1 rows."""
        return _sorted(keys, key_bits) if len(keys) <= _FEW_ROWS else _turned(keys, key_bits)

    def fit(self, rows: int, held: int, keys: int) -> bool:
        """Return True if these buckets hold `held` rows, each below `rows`, for this many key values."""
        offsets = self.offsets
        ordered = len(offsets) == keys + 1 and int(offsets[0]) == 0 and bool(np.all(offsets[1:] >= offsets[:-1]))
        return ordered and int(offsets[-1]) == len(self.rows) == held and (not held or int(self.rows.max()) < rows)

    def of_rows(self, rows: NDArray[np.uint32]) -> "Buckets":
        """Return the same buckets with `rows[i]` in place of row i."""
        return Buckets(rows[self.rows], self.offsets)

    @property
    def size_bytes(self) -> int:
        """Bytes in memory."""
        return self.rows.nbytes + self.offsets.nbytes

    def of_key(self, key: int) -> NDArray[np.uint32]:
        """Return the rows with this key."""
        return self.rows[int(self.offsets[key]) : int(self.offsets[key + 1])]


def _sorted(keys: NDArray[np.integer[Any]], key_bits: int) -> Buckets:
    counts = np.bincount(keys.astype(np.int64), minlength=1 << key_bits)
    offsets = np.concatenate([np.zeros(1, np.uint32), np.cumsum(counts, dtype=np.uint32)])
    return Buckets(np.argsort(keys, kind="stable").astype(np.uint32), offsets)


def _turned(keys: NDArray[np.integer[Any]], key_bits: int) -> Buckets:
    """Transpose a sparse matrix with a one at (row, key): a counting sort in C."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - slow to load, and needed for long lists alone

    row_starts = np.arange(len(keys) + 1, dtype=np.int32)
    by_row = csr_array((np.ones(len(keys), np.int8), keys.astype(np.int32), row_starts), (len(keys), 1 << key_bits))
    by_key = by_row.tocsc()
    return Buckets(by_key.indices.view(np.uint32), by_key.indptr.view(np.uint32))
