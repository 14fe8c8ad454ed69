"""The eight orientations of a picture: mirrored or not, in each of four quarter turns."""

from enum import IntEnum
from functools import lru_cache
from typing import TypeVar

import numpy as np

_Scalar = TypeVar("_Scalar", bound=np.generic)


class Orientation(IntEnum):
    """Operation on the pixels: reverse the rows, reverse the columns, then exchange rows and columns, or not."""

    UPRIGHT = 0
    MIRRORED = 1
    """Left and right exchanged."""
    FLIPPED = 2
    """Top and bottom exchanged."""
    ROTATED_180 = 3
    TRANSPOSED = 4
    """Rows and columns exchanged."""
    ROTATED_90 = 5
    """A quarter turn clockwise."""
    ROTATED_270 = 6
    """A quarter turn counter-clockwise."""
    TRANSVERSED = 7
    """Exchanged along the other diagonal."""

    @property
    def rows_reversed(self) -> bool:
        """True if the rows are reversed (before any exchange)."""
        return self in {self.FLIPPED, self.ROTATED_180, self.ROTATED_90, self.TRANSVERSED}

    @property
    def columns_reversed(self) -> bool:
        """True if the columns are reversed (before any exchange)."""
        return self in {self.MIRRORED, self.ROTATED_180, self.ROTATED_270, self.TRANSVERSED}

    @property
    def exchanged(self) -> bool:
        """True if rows and columns are exchanged at the end."""
        return self >= Orientation.TRANSPOSED


EXIF = {
    1: Orientation.UPRIGHT,
    2: Orientation.MIRRORED,
    3: Orientation.ROTATED_180,
    4: Orientation.FLIPPED,
    5: Orientation.TRANSPOSED,
    6: Orientation.ROTATED_90,
    7: Orientation.TRANSVERSED,
    8: Orientation.ROTATED_270,
}
"""The operation that shows stored pixels upright, by the EXIF tag Orientation (0x0112)."""


def turned(
    pixels: np.ndarray[tuple[int, ...], np.dtype[_Scalar]], orientation: Orientation
) -> np.ndarray[tuple[int, ...], np.dtype[_Scalar]]:
    """Return a view of a picture (height x width, or with more axes) in another orientation."""
    rows, columns = (-1 if orientation.rows_reversed else 1), (-1 if orientation.columns_reversed else 1)
    reversed_ = pixels[::rows, ::columns]
    return reversed_.swapaxes(0, 1) if orientation.exchanged else reversed_


@lru_cache(maxsize=len(Orientation) ** 2)
def then(first: Orientation, second: Orientation) -> Orientation:
    """Return the orientation that equals `first` followed by `second`."""
    corners = np.arange(4).reshape(2, 2)
    both = turned(turned(corners, first), second)
    return next(found for found in Orientation if np.array_equal(turned(corners, found), both))
