"""Reductions of a picture, as sparse operators: a picture Y of any size becomes `rows(h) Y rows(w)^T`.

All the reductions that the hashes need are linear and separable, so each is one small sparse matrix for a side of `n`
pixels, built once for each `n`. This makes hashing cheap compared to decoding, with numpy and scipy alone.

- PDQ's own: two passes of a box filter, then every n/64-th pixel (the reference implementation's arithmetic).
- The same for the reversed side: with transposition, all eight orientations of the pixels exactly. Flipping a 64 x 64
  result would not give them, because filter and decimation lean to one side.
- The same after fitting the picture into 512 x 512, or stretching it to that, as some makers of lists do (bicubic).
- Lanczos to 64, for pHash, in bands.

A picture decoded at 1/2, 1/4 or 1/8 holds the means of boxes of pixels. Its operators are the sums of their columns
over each box, as if all pixels of a box were equal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matcher.picture.orientations import Orientation, then, turned
from matcher.picture.pdq import SIDE, Floats

Operator = sparse.csr_array[Any, tuple[int, int]]

FITTED_SIDE = 512
_CACHED_SIDES = 256
_BAND_ROWS = 16


def window(side: int) -> int:
    """Return the width in pixels of one pass of PDQ's box filter along a side of `side` pixels."""
    return (side + 2 * SIDE - 1) // (2 * SIDE)


_Weights = npt.NDArray[np.floating[Any]]
_Kernel = Callable[[_Weights], _Weights]


@lru_cache(maxsize=_CACHED_SIDES)
def pdq_filter(side: int) -> Operator:
    """Return PDQ's filter and decimation: 64 x side; each row sums to 1.

    The window leans to the higher index if its width is even, and is cut short, with its divisor, at both ends. A
    pixel's weight is the sum of the shares 1 / (width of the window about u) of those u of the second pass whose window
    in the first pass holds it. They are neighbours, so it is a difference of two running sums.
    """
    ahead, last = window(side) // 2, side - 1
    behind = window(side) - 1 - ahead
    every = np.arange(side)
    shares = 1.0 / (np.minimum(every + ahead, last) - np.maximum(every - behind, 0) + 1)
    running = np.concatenate([[0.0], np.cumsum(shares)])
    centres = ((np.arange(SIDE) + 0.5) * side / SIDE).astype(np.int64)[:, None]
    low, high = np.maximum(centres - behind, 0), np.minimum(centres + ahead, last)
    firsts, ends = np.maximum(low - behind, 0), np.minimum(high + ahead, last) + 1
    columns = _columns_read(firsts, ends)
    sums = running[np.minimum(columns + behind, high) + 1] - running[np.maximum(columns - ahead, low)]
    return _matrix(columns, ends, sums / (high - low + 1), side)


def _cubic(x: _Weights) -> _Weights:
    """Return the cubic kernel with a = -0.5 (Keys 1981), as in Pillow: support 2."""
    x = np.abs(x)
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0.0))  # noqa: PLR2004 - the kernel's support


def _lanczos(x: _Weights) -> _Weights:
    """Return the Lanczos kernel with three lobes."""
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)  # noqa: PLR2004 - the kernel's support


def resampled(side: int, to: int, kernel: _Kernel, support: float) -> Operator:
    """Return Pillow's resampling without its rounding: to x side. The kernel is widened if the side shrinks."""
    scale = side / to
    stretch = max(scale, 1.0)
    centres = ((np.arange(to) + 0.5) * scale)[:, None]
    firsts = np.maximum((centres - support * stretch + 0.5).astype(np.int64), 0)
    ends = np.minimum((centres + support * stretch + 0.5).astype(np.int64), side)
    columns = _columns_read(firsts, ends)
    weights = np.where(columns < ends, kernel((columns - centres + 0.5) / stretch), 0.0)
    return _matrix(columns, ends, weights / weights.sum(axis=1, keepdims=True), side)


_Places = npt.NDArray[np.int64]


def _columns_read(firsts: _Places, ends: _Places) -> _Places:
    """Return for each row the columns from its first on, as many as the widest row reads."""
    return firsts + np.arange((ends - firsts).max())


def _matrix(columns: _Places, ends: _Places, weights: _Weights, side: int) -> Operator:
    """Return the sparse matrix of rows that read neighbouring columns, each up to its end."""
    read = columns < ends
    starts = np.concatenate([[0], np.cumsum(read.sum(axis=1))]).astype(np.int32)
    return sparse.csr_array((weights[read], columns[read].astype(np.int32), starts), shape=(len(columns), side))


def fitted_size(height: int, width: int) -> tuple[int, int]:
    """Return the size of the result of Pillow's `thumbnail((512, 512))`.

    Of the two whole numbers around the exact shorter side, the one that keeps the ratio of sides best.
    """
    if max(height, width) <= FITTED_SIDE:
        return height, width
    ratio = width / height
    exact = FITTED_SIDE * min(ratio, 1 / ratio)
    around = {max(int(exact), 1), int(exact) + 1}
    if height >= width:
        return FITTED_SIDE, min(around, key=lambda side: abs(ratio - side / FITTED_SIDE))
    return min(around, key=lambda side: abs(ratio - FITTED_SIDE / side)), FITTED_SIDE


@dataclass(frozen=True, slots=True)
class StoredShape:
    """A picture's height and width in pixels as stored, and the scale (1, 2, 4, 8) at which it was decoded."""

    height: int
    width: int
    scale: int = 1


@dataclass(frozen=True, slots=True)
class _Band:
    """Neighbouring rows of an operator, and the part of the side that they read."""

    outputs: slice
    inputs: slice
    weights: Floats


def orientations(luma: Floats, shape: StoredShape, shown: Orientation) -> Floats:
    """Return PDQ's reductions of the eight orientations of a picture: 8 x 64 x 64, in the order of `Orientation`.

    `luma` is the luminance as decoded, one value for each pixel or box; `shown` is the operation that shows the stored
    pixels upright. It is applied to the reductions, which are small.
    """
    both_ways = _reduced(luma, _both_ways(shape.height, shape.scale), _both_ways(shape.width, shape.scale))
    blocks = both_ways.reshape(2, SIDE, 2, SIDE).transpose(0, 2, 1, 3)
    eight = []
    for orientation in (then(shown, orientation) for orientation in Orientation):
        block = blocks[int(orientation.rows_reversed), int(orientation.columns_reversed)]
        eight.append(block.T if orientation.exchanged else block)
    return np.stack(eight)


def other_sizes(luma: Floats, shape: StoredShape, shown: Orientation) -> tuple[Floats, Floats] | None:
    """Return PDQ's reductions (64 x 64) of the picture fitted into 512 x 512, and stretched to it.

    None if it fits without resizing.
    """
    if max(shape.height, shape.width) <= FITTED_SIDE:
        return None
    tall, wide = fitted_size(shape.height, shape.width)
    rows = _after_resizing(shape.height, tall, shape.scale, shown.rows_reversed)
    columns = _after_resizing(shape.width, wide, shape.scale, shown.columns_reversed)
    both = _reduced(luma, rows, columns).reshape(2, SIDE, 2, SIDE)
    fitted, stretched = (part.T if shown.exchanged else part for part in (both[0, :, 0], both[1, :, 1]))
    return fitted, stretched


def lanczos(luma: Floats, shape: StoredShape, shown: Orientation, *, exact: bool) -> npt.NDArray[np.uint8]:
    """Return the 64 x 64 square in 8 bits to which imagehash would reduce the picture.

    If `exact`, round to 8 bits after each step, in Pillow's order of steps: the same levels, except rare ties.
    Otherwise take the faster order, without rounding.
    """
    tall, wide = _lanczos_64(shape.height, shape.scale), _lanczos_64(shape.width, shape.scale)
    if not exact:
        square = _across(_down(luma, tall), wide)
    elif shape.height > SIDE and shape.height + SIDE > 2 * shape.width:
        square = _across(_rounded(_down(np.rint(luma), tall)), wide)
    else:
        square = _down(_rounded(_across(np.rint(luma), wide)), tall)
    return turned(_rounded(square).astype(np.uint8), shown)


def _down(luma: Floats, bands: tuple[_Band, ...]) -> Floats:
    """Reduce the rows of a picture."""
    reduced = np.empty((SIDE, luma.shape[1]), dtype=np.float32)
    for band in bands:
        np.matmul(band.weights, luma[band.inputs], out=reduced[band.outputs])
    return reduced


def _across(luma: Floats, bands: tuple[_Band, ...]) -> Floats:
    """Reduce the columns of a picture."""
    reduced = np.empty((luma.shape[0], SIDE), dtype=np.float32)
    for band in bands:
        np.matmul(luma[:, band.inputs], band.weights.T, out=reduced[:, band.outputs])
    return reduced


def _reduced(luma: Floats, rows: Operator, columns: Operator) -> Floats:
    """Reduce the rows, then the columns: rows are contiguous in memory."""
    return _columns(rows @ luma, columns)


def _columns(part: Floats, columns: Operator) -> Floats:
    reduced: Floats = np.ascontiguousarray((columns @ part.T).T)
    return reduced


def _rounded(levels: Floats) -> Floats:
    return np.clip(np.rint(levels), 0, 255)


@lru_cache(maxsize=_CACHED_SIDES)
def _both_ways(side: int, scale: int) -> Operator:
    """Return PDQ's filter upright, and below it reversed: 128 rows."""
    upright = pdq_filter(side)
    return over_boxes(sparse.vstack([upright, upright[:, ::-1]], format="csr"), scale)


@lru_cache(maxsize=_CACHED_SIDES)
def _after_resizing(side: int, fitted: int, scale: int, backwards: bool) -> Operator:  # noqa: FBT001 - a cache's key
    """Return PDQ's filter after resizing to `fitted` pixels, and below it after 512: 128 rows."""
    resized = [pdq_filter(to) @ resampled(side, to, _cubic, 2) for to in (fitted, FITTED_SIDE)]
    both: Operator = sparse.vstack(resized, format="csr")
    return over_boxes(both[:, ::-1] if backwards else both, scale)


@lru_cache(maxsize=_CACHED_SIDES)
def _lanczos_64(side: int, scale: int) -> tuple[_Band, ...]:
    """Return Lanczos to 64, in bands: its rows overlap, so small dense products are faster than a sparse one."""
    rows = over_boxes(resampled(side, SIDE, _lanczos, 3), scale)
    rows.sort_indices()
    return tuple(_band(rows, first) for first in range(0, SIDE, _BAND_ROWS))


def _band(rows: Operator, first: int) -> _Band:
    """Return some rows of an operator whose rows read neighbouring columns, as a dense block."""
    starts = rows.indptr[first : first + _BAND_ROWS + 1]
    columns, levels = rows.indices[starts[0] : starts[-1]], rows.data[starts[0] : starts[-1]]
    low, high = int(columns.min()), int(columns.max()) + 1
    weights = np.zeros((_BAND_ROWS, high - low), dtype=np.float32)
    weights[np.repeat(np.arange(_BAND_ROWS), np.diff(starts)), columns - low] = levels
    return _Band(slice(first, first + _BAND_ROWS), slice(low, high), weights)


def over_boxes(rows: Operator, scale: int) -> Operator:
    """Return the operator for a side decoded at 1/scale: its columns summed over each box of `scale` pixels."""
    if scale == 1:
        return rows.astype(np.float32)
    side = rows.shape[1]
    boxes = sparse.csr_array(
        (np.ones(side), np.arange(side) // scale, np.arange(side + 1)), shape=(side, -(-side // scale))
    )
    summed: Operator = rows @ boxes
    return summed.astype(np.float32)
