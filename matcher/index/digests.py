"""Rows by cryptographic digest, exactly. Digests are uniform, so their first bits make good keys."""

import numpy as np
from numpy.typing import NDArray

from matcher.index.buckets import Buckets, bits_for

_MOST_KEY_BITS = 26


class DigestIndex:
    """Finds the rows whose digest equals a given one. `digests` is (n, length) bytes; kept by reference, not copied."""

    def __init__(self, digests: NDArray[np.uint8], rows: NDArray[np.uint32]) -> None:
        self._digests, self._rows = digests, rows
        self._key_bits = bits_for(len(rows), _MOST_KEY_BITS)
        first = digests[rows, :4].astype(np.uint32) if len(rows) else np.zeros((0, 4), dtype=np.uint32)
        prefixes = first[:, 0] << 24 | first[:, 1] << 16 | first[:, 2] << 8 | first[:, 3]
        keys = (prefixes >> np.uint32(32 - self._key_bits)).astype(np.uint32)
        self._buckets = Buckets.of(keys, self._key_bits)

    def rows(self, digest: bytes) -> list[int]:
        """The rows whose digest is this one, in ascending order."""
        found = self._rows[self._buckets.of_key(int.from_bytes(digest[:4], "big") >> (32 - self._key_bits))]
        return [int(row) for row in found if self._digests[row].tobytes() == digest]
