"""Rows by cryptographic digest, exactly. Digests are uniform, so their first bits make good keys."""

import numpy as np
from numpy.typing import NDArray

from matcher.index.buckets import Buckets

_FEWEST_KEY_BITS, _MOST_KEY_BITS = 1, 26


class DigestIndex:
    """Finds the rows whose digest equals a given one.

    `digests` is (n, length) bytes, kept by reference; only the rows of `rows` are indexed. `table` is that of an
    earlier index of the same digests and rows; ValueError if it cannot be.
    """

    def __init__(self, digests: NDArray[np.uint8], rows: NDArray[np.uint32], table: Buckets | None = None) -> None:
        self._digests = digests
        self._key_bits = max(_FEWEST_KEY_BITS, min(_MOST_KEY_BITS, len(rows).bit_length()))
        if table is not None and not table.fit(len(digests), len(rows), 1 << self._key_bits):
            raise ValueError
        self.table = table or self._made(rows)

    def _made(self, rows: NDArray[np.uint32]) -> Buckets:
        prefixes = np.zeros(len(rows), np.uint32)
        for place in range(4 if len(rows) else 0):
            prefixes |= self._digests[rows, place].astype(np.uint32) << np.uint32(24 - 8 * place)
        return Buckets.of(prefixes >> np.uint32(32 - self._key_bits), self._key_bits).of_rows(rows)

    def rows(self, digest: bytes) -> list[int]:
        """Return the rows with this digest, in ascending order."""
        found = self.table.of_key(int.from_bytes(digest[:4]) >> (32 - self._key_bits))
        return [row for row in found.tolist() if self._digests[row].tobytes() == digest]
