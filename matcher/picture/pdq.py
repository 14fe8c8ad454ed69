"""PDQ, a 256-bit perceptual hash: from a 64 x 64 reduction to bits, and its quality.

Source: the algorithm's description by Facebook (`hashing.pdf` in facebook/ThreatExchange) and its reference
implementation. Of the reduced luminance, the 16 x 16 lowest terms of a DCT without the constant ones are cut at their
median.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

SIDE = 64
"""Rows and columns of a reduction."""
MIN_SIDE = 5
"""Pictures with a side below this many pixels have no PDQ hash."""
BITS = 256
_LOW = 16


@lru_cache(maxsize=1)
def dct() -> Floats:
    """Return the 16 x 64 DCT-II matrix of the terms 1 to 16, without the constant term."""
    term = np.arange(1, _LOW + 1)[:, None]
    place = 2 * np.arange(SIDE)[None, :] + 1
    matrix: Floats = (np.sqrt(2 / SIDE) * np.cos(np.pi / (2 * SIDE) * term * place)).astype(np.float32)
    return matrix


def dct_terms(reduced: Floats) -> Floats:
    """Return the 256 hashed terms of n reductions (n x 64 x 64): n x 256."""
    return (dct() @ reduced @ dct().T).astype(np.float32, copy=False).reshape(-1, BITS)


def above_median(terms: Floats) -> Floats:
    """Return n x 256 terms less their lower median."""
    lower_median = np.partition(terms, BITS // 2 - 1, axis=1)[:, BITS // 2 - 1 : BITS // 2]
    return np.subtract(terms, lower_median, dtype=np.float32)


def hashes(above: Floats) -> list[bytes]:
    """Return the PDQ hashes (32 bytes each) of terms from `above_median`. The reference writes the last term first."""
    return [row.tobytes() for row in np.packbits(above[:, ::-1] > 0, axis=1)]


def qualities(reduced: Floats) -> list[int]:
    """Return the reference's gradient measure of n reductions (n x 64 x 64): 0 (flat) to 100."""
    steps = [np.abs((np.diff(reduced, axis=axis) * 100 / 255).astype(np.int32)) for axis in (1, 2)]
    down, across = (gradient.sum(axis=(1, 2)) for gradient in steps)
    return [min(int(total) // 90, 100) for total in down + across]


def complement(pdq: bytes) -> bytes:
    """Return the hash of the picture's negative: every DCT term changes its sign, so every bit flips."""
    return bytes(byte ^ 0xFF for byte in pdq)
