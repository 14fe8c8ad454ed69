"""Uniform borders: frames, letterboxes and margins that hide a picture from every perceptual hash.

A row or column belongs to the border if all its pixels lie within a few grey levels of the picture's corner on that
side. A border counts from 1/128 of a side on: a thinner one moves no hash out of reach. Borders within borders, as of a
letterboxed picture on a page, are removed in turn, and the picture within each is a reading.
"""

import numpy as np
import numpy.typing as npt

from matcher.picture.hashed import MOST_BORDERS
from matcher.picture.pdq import MIN_SIDE, Floats

TOLERANCE = 16.0
"""Grey levels by which a border's pixels may differ: what strong JPEG compression does to a flat area."""
_DOUBT = 8.0
"""Grey levels by which a border may look rougher at a reduced scale than it is."""
_THINNEST = 128
_STEP = 16


def without_borders(luma: Floats) -> list[Floats]:
    """Return the picture within its outermost border, within the next, and so on; none if it has no border.

    Only a list can tell which of them is the picture: a page of text in a letterbox has a margin too.
    """
    found: list[Floats] = []
    for _ in range(MOST_BORDERS):
        inner = _within(found[-1] if found else luma)
        if inner is None:
            break
        found.append(np.ascontiguousarray(inner))
    return found


def may_have_borders(luma: Floats) -> bool:
    """Return True if a picture decoded at a reduced scale might have borders at full scale."""
    return any(_border(side, TOLERANCE + _DOUBT, thinner_by=1) for side in _sides(luma))


def _within(luma: Floats) -> Floats | None:
    """Return the picture without its outermost borders (a view), or None."""
    top, bottom, left, right = (_border(side, TOLERANCE) for side in _sides(luma))
    inner = luma[top : len(luma) - bottom, left : luma.shape[1] - right]
    return inner if inner.shape != luma.shape and min(inner.shape) >= MIN_SIDE else None


def _sides(luma: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return views of the picture from its top, bottom, left and right."""
    return luma, luma[::-1], luma.T, luma.T[::-1]


def _border(luma: Floats, tolerance: float, thinner_by: int = 0) -> int:
    """Return the number of border rows at the top. Read one row if there is no border, and no more than needed."""
    corner = luma[0, 0]
    if not _flat(luma[:1], corner, tolerance)[0]:
        return 0
    rows = len(luma)
    for start in range(0, len(luma), _STEP):
        flat = _flat(luma[start : start + _STEP], corner, tolerance)
        if not flat.all():
            rows = start + int(np.argmin(flat))
            break
    return rows if rows >= max(len(luma) // _THINNEST - thinner_by, 1) else 0


def _flat(rows: Floats, level: np.float32, tolerance: float) -> npt.NDArray[np.bool_]:
    """Return, for each row, True if every pixel lies within the tolerance of `level`."""
    flat: npt.NDArray[np.bool_] = (rows.min(axis=1) >= level - tolerance) & (rows.max(axis=1) <= level + tolerance)
    return flat
