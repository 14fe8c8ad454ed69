"""Uniform borders: frames, letterboxes and margins that hide a picture from every perceptual hash.

A row or column belongs to the border when all its pixels lie within a few grey levels of the picture's corner on that
side. A border counts from 1/128 of a side on (a thinner one moves no hash out of reach), and what is left must be a
picture still.
"""

import numpy as np
import numpy.typing as npt

from matcher.pdq import MIN_SIDE
from matcher.reduction import Floats

TOLERANCE = 16.0
"""Grey levels by which a border's pixels may differ: what strong JPEG compression does to a flat area."""
_THINNEST = 128
_STEP = 16

Borders = tuple[int, int, int, int]
"""Rows or columns of border: top, bottom, left, right."""


def borders(luma: Floats, tolerance: float = TOLERANCE, thinner_by: int = 0) -> Borders | None:
    """The uniform borders of a picture, or None when it has none worth removing, or is nothing else.

    `thinner_by` pixels less than a border that counts is enough: for a picture that was decoded at a reduced scale.
    """
    found = (
        _border(luma, tolerance, thinner_by),
        _border(luma[::-1], tolerance, thinner_by),
        _border(luma.T, tolerance, thinner_by),
        _border(luma.T[::-1], tolerance, thinner_by),
    )
    height, width = luma.shape
    left_over = height - found[0] - found[1], width - found[2] - found[3]
    return found if any(found) and min(left_over) >= MIN_SIDE else None


def without(luma: Floats, border: Borders) -> Floats:
    """The picture within its borders."""
    top, bottom, left, right = border
    height, width = luma.shape
    return np.ascontiguousarray(luma[top : height - bottom, left : width - right])


def _border(luma: Floats, tolerance: float, thinner_by: int) -> int:
    """How many rows from the top are border. Looks at one row when there is none, and never further than it must."""
    if not _flat(luma[:1], luma[0, 0], tolerance)[0]:
        return 0
    rows = len(luma)
    for start in range(0, len(luma), _STEP):
        flat = _flat(luma[start : start + _STEP], luma[0, 0], tolerance)
        if not flat.all():
            rows = start + int(np.argmin(flat))
            break
    return rows if rows >= max(len(luma) // _THINNEST - thinner_by, 1) else 0


def _flat(rows: Floats, level: np.float32, tolerance: float) -> npt.NDArray[np.bool_]:
    """For each row, whether every pixel lies within the tolerance of `level`."""
    flat: npt.NDArray[np.bool_] = (rows.min(axis=1) >= level - tolerance) & (rows.max(axis=1) <= level + tolerance)
    return flat
