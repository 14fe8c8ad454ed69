"""PDQ, a 256-bit perceptual hash, by linear algebra.

Source: the algorithm's description by Facebook (`hashing.pdf` in facebook/ThreatExchange) and its reference
implementation. Luminance, two passes of a box filter along rows and columns, decimation to 64 x 64, the 16 x 16 lowest
terms of a DCT without the constant ones, and a cut at their median.

Filter and decimation are linear and separable, so both are one sparse operator for a side of `n` pixels, built once for
each `n`: the reduction of a picture Y is `R(height) Y R(width)^T`. The reduction of the mirrored picture is the same
with the operator's columns reversed, and that of the transposed picture is the transpose: one pass gives all eight
orientations of the pixels exactly. Flipping the 64 x 64 result would not, as filter and decimation lean to one side.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Pixels = npt.NDArray[np.uint8]
"""height x width x 3 (RGB), or height x width (grey)."""
Floats = npt.NDArray[np.float32]
Operator = sparse.csr_array[Any, tuple[int, int]]

MIN_SIDE = 5
"""Pictures with a side below this many pixels have no PDQ hash."""
SIDE = 64
BITS = 256
_LOW = 16
_PASSES = 2
_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def window(side: int) -> int:
    """The width in pixels of one pass of the box filter along a side of `side` pixels."""
    return (side + 2 * SIDE - 1) // (2 * SIDE)


def box(side: int) -> Operator:
    """One pass of the box filter: side x side. Its window leans to the higher index when its width is even, and is cut
    short (and its divisor with it) at both ends.
    """
    width = window(side)
    ahead = width // 2
    at = np.arange(side)
    first = np.maximum(at + ahead + 1 - width, 0)
    last = np.minimum(at + ahead, side - 1)
    counts = last - first + 1
    rows = np.repeat(at, counts)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    columns = np.arange(rows.size) - starts + np.repeat(first, counts)
    weights = np.repeat(1.0 / counts, counts)
    return sparse.coo_array((weights, (rows, columns)), shape=(side, side)).tocsr()


@lru_cache(maxsize=512)
def operator(side: int) -> Operator:
    """Filter and decimation along a side of `side` pixels: 64 x side; each row sums to 1."""
    centres = ((np.arange(SIDE) + 0.5) * side / SIDE).astype(np.int64)
    one_pass = box(side)
    rows: Operator = one_pass[centres]
    for _ in range(_PASSES - 1):
        rows = rows @ one_pass
    return rows.astype(np.float32)


@lru_cache(maxsize=512)
def both_ways(side: int) -> Operator:
    """`operator(side)` above the same for the reversed side: 128 x side."""
    forward = operator(side)
    stacked: Operator = sparse.vstack([forward, forward[:, ::-1]], format="csr")
    return stacked


@lru_cache(maxsize=1)
def dct() -> Floats:
    """The 16 x 64 DCT-II matrix of the terms 1 to 16: the constant term is left out."""
    term = np.arange(1, _LOW + 1)[:, None]
    place = 2 * np.arange(SIDE)[None, :] + 1
    matrix: Floats = (np.sqrt(2 / SIDE) * np.cos(np.pi / (2 * SIDE) * term * place)).astype(np.float32)
    return matrix


def luminance(pixels: Pixels) -> Floats:
    """The luminance, height x width, 0 to 255, unrounded. Grey is its own."""
    if pixels.ndim == 2:  # noqa: PLR2004 - two dimensions are a grey picture
        return pixels.astype(np.float32)
    red, green, blue = (pixels[..., channel].astype(np.float32) for channel in range(3))
    luma: Floats = _LUMINANCE[0] * red + _LUMINANCE[1] * green + _LUMINANCE[2] * blue
    return luma


def reductions(luma: Floats) -> Floats:
    """8 x 64 x 64: the reduction of each orientation of a picture, in the order of `hashed.Orientation`."""
    height, width = luma.shape
    rows = both_ways(height) @ luma
    both = (both_ways(width) @ rows.T).T
    upright = both.reshape(2, SIDE, 2, SIDE).transpose(0, 2, 1, 3)  # [rows reversed][columns reversed]
    shown = np.stack([upright[0, 0], upright[0, 1], upright[1, 0], upright[1, 1]])
    turned = np.stack([upright[0, 0].T, upright[1, 0].T, upright[0, 1].T, upright[1, 1].T])
    return np.concatenate([shown, turned]).astype(np.float32)


def hashes(reduced: Floats) -> list[bytes]:
    """The PDQ hashes (32 bytes each) of n reductions (n x 64 x 64). The reference writes the last term first."""
    terms = (dct() @ reduced @ dct().T).reshape(-1, BITS)
    lower_median = np.partition(terms, BITS // 2 - 1, axis=1)[:, BITS // 2 - 1 : BITS // 2]
    bits = (terms > lower_median)[:, ::-1]
    return [row.tobytes() for row in np.packbits(bits, axis=1)]


def quality(reduced: Floats) -> int:
    """The reference's gradient measure of one reduction (64 x 64), 0 (flat) to 100."""
    steps = (np.diff(reduced, axis=0), np.diff(reduced, axis=1))
    total = sum(int(np.abs((step * 100 / 255).astype(np.int32)).sum()) for step in steps)
    return min(total // 90, 100)


def complement(pdq: bytes) -> bytes:
    """The hash of the picture's negative: every bit turned, because every DCT term changes its sign."""
    return bytes(byte ^ 0xFF for byte in pdq)
