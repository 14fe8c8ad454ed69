"""Uniform borders: frames, letterboxes and margins that hide a picture from every perceptual hash.

A row or column belongs to the border when all its pixels lie within a few grey levels of the picture's outermost one on
that side; what is left must be a picture still.
"""

import numpy as np

from matcher.pdq import MIN_SIDE, Pixels

TOLERANCE = 16
"""Grey levels by which a border's pixels may differ: what strong JPEG compression does to a flat area."""


def without_borders(pixels: Pixels) -> Pixels | None:
    """The picture without its uniform borders (a view), or None when it has none or is nothing else."""
    grey = pixels if pixels.ndim == 2 else pixels[..., 1]  # noqa: PLR2004 - green stands for luminance
    top, bottom = _border(grey), _border(grey[::-1])
    left, right = _border(grey.T), _border(grey.T[::-1])
    height, width = grey.shape
    if not (top or bottom or left or right):
        return None
    if height - top - bottom < MIN_SIDE or width - left - right < MIN_SIDE:
        return None
    return pixels[top : height - bottom, left : width - right]


def _border(grey: Pixels) -> int:
    """How many rows from the top are border. Looks at one row when there is none, and never further than it must."""
    if not _flat(grey[:1], grey[0, 0])[0]:
        return 0
    step = 16
    for start in range(0, len(grey), step):
        flat = _flat(grey[start : start + step], grey[0, 0])
        if not flat.all():
            return start + int(np.argmin(flat))
    return len(grey)


def _flat(rows: Pixels, level: np.uint8) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """For each row, whether every pixel lies within the tolerance of `level`."""
    low, high = max(int(level) - TOLERANCE, 0), min(int(level) + TOLERANCE, 255)
    flat: np.ndarray[tuple[int], np.dtype[np.bool_]] = (rows.min(axis=1) >= low) & (rows.max(axis=1) <= high)
    return flat
