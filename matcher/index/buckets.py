"""Rows grouped by a short key: the building stone of every lookup here.

Built by turning a sparse matrix with a one at (row, key) on its side, which is a counting sort in C. Immutable.
Costs 4 bytes a row and 4 bytes a key value.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """The rows with key k are `rows[offsets[k]:offsets[k + 1]]`, in ascending order."""

    rows: NDArray[np.uint32]
    offsets: NDArray[np.uint32]

    @classmethod
    def of(cls, keys: NDArray[np.integer[Any]], key_bits: int) -> "Buckets":
        """Group rows 0, 1, ... by `keys`, each below 2 ** `key_bits`. At most 2 ** 31 - 1 rows."""
        row_starts = np.arange(len(keys) + 1, dtype=np.int32)
        by_row = csr_array((np.ones(len(keys), np.int8), keys.astype(np.int32), row_starts), (len(keys), 1 << key_bits))
        by_key = by_row.tocsc()
        return cls(by_key.indices.view(np.uint32), by_key.indptr.view(np.uint32))

    def fit(self, rows: int, held: int, keys: int) -> bool:
        """Whether these are buckets of `held` places, each a row below `rows`, for this many key values."""
        offsets = self.offsets
        ordered = len(offsets) == keys + 1 and int(offsets[0]) == 0 and bool(np.all(offsets[1:] >= offsets[:-1]))
        return ordered and int(offsets[-1]) == len(self.rows) == held and (not held or int(self.rows.max()) < rows)

    def of_rows(self, rows: NDArray[np.uint32]) -> "Buckets":
        """The same buckets, `rows[i]` being what was row i."""
        return Buckets(rows[self.rows], self.offsets)

    @property
    def size_bytes(self) -> int:
        """Bytes in memory."""
        return self.rows.nbytes + self.offsets.nbytes

    def of_key(self, key: int) -> NDArray[np.uint32]:
        """The rows with this key."""
        return self.rows[int(self.offsets[key]) : int(self.offsets[key + 1])]
