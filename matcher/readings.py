"""Every honest reading of a picture, hashed.

A reading is what somebody who looks at the picture may see: each frame, transparency over white or black or ignored,
the thumbnail inside, the picture without its borders, turned or mirrored, and its negative. A picture matches if any
reading does, and the match says which. Readings whose hashes equal an earlier one's are left out.
"""

import time
import warnings
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from matcher import pdq, phash
from matcher.borders import without_borders
from matcher.fingerprint import UndecidedReason
from matcher.hashed import MAX_READINGS, HashedPicture, HashedReading, Orientation, Steps
from matcher.limits import Limits
from matcher.media_types import MediaType, sniff
from matcher.normal_form import Raster, rasters
from matcher.pdq import MIN_SIDE, Pixels

QUALITY_FLOOR = 50
"""Below this PDQ quality (of 100) a picture has too little detail for its hash to mean anything."""


READINGS_OF_A_RASTER = 2 * (len(Orientation) + 1)


def hash_picture(untrusted_picture: bytes, limits: Limits) -> HashedPicture:
    """Decode a picture and hash each of its readings. Raises nothing for anything the bytes may do."""
    media_type = sniff(untrusted_picture)
    if isinstance(media_type, UndecidedReason):
        return HashedPicture(None, 0, 0, (), media_type)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their texts may hold bytes of the picture
        return _Collected(media_type).collect(rasters(untrusted_picture, media_type, limits), limits)


class _Collected:
    """What has been found so far in one picture."""

    def __init__(self, media_type: MediaType) -> None:
        self._media_type = media_type
        self._size = (0, 0)
        self._readings: dict[tuple[bytes, bytes], HashedReading] = {}
        self._undecided: UndecidedReason | None = None

    def collect(self, found: Iterator[Raster | UndecidedReason], limits: Limits) -> HashedPicture:
        stop_at = time.monotonic() + limits.seconds_per_picture / 2
        for item in found:
            self._take(item)
            if len(self._readings) > MAX_READINGS - READINGS_OF_A_RASTER:
                self._take(UndecidedReason.TOO_MANY_FRAMES)
                break
            if time.monotonic() > stop_at:
                self._take(UndecidedReason.TIME_LIMIT)
                break
        return self._picture()

    def _take(self, item: Raster | UndecidedReason) -> None:
        if isinstance(item, UndecidedReason):
            self._undecided = self._undecided or item
            return
        if self._size == (0, 0):
            self._size = (item.width, item.height)
        for reading in _readings(item):
            self._readings.setdefault((reading.pdq, reading.phash), reading)

    def _picture(self) -> HashedPicture:
        readings = tuple(self._readings.values())
        flat = max((reading.quality for reading in readings), default=0) < QUALITY_FLOOR
        undecided = self._undecided or (UndecidedReason.TOO_FLAT if flat else None)
        return HashedPicture(self._media_type, *self._size, readings, undecided)


def _readings(raster: Raster) -> Iterator[HashedReading]:
    yield from _orientations(raster.steps, raster.pixels)
    inner = without_borders(raster.pixels)
    if inner is not None:
        yield from _orientations(replace(raster.steps, unbordered=True), inner)


def _orientations(steps: Steps, pixels: Pixels) -> Iterator[HashedReading]:
    """The eight orientations, and the negative of the upright one."""
    if min(pixels.shape[:2]) < MIN_SIDE:
        return
    reduced, square = pdq.reductions(pdq.luminance(pixels)), phash.square(pixels)
    hashes = pdq.hashes(reduced)
    for orientation, hashed in zip(Orientation, hashes, strict=True):
        yield HashedReading(
            replace(steps, orientation=orientation),
            hashed,
            pdq.quality(reduced[orientation]),
            phash.phash(oriented(square, orientation)),
        )
    yield HashedReading(
        replace(steps, negative=True), pdq.complement(hashes[0]), pdq.quality(reduced[0]), phash.phash(255 - square)
    )


_ROWS_REVERSED = frozenset(
    (Orientation.FLIPPED, Orientation.ROTATED_180, Orientation.ROTATED_270, Orientation.TRANSVERSED)
)
_COLUMNS_REVERSED = frozenset(
    (Orientation.MIRRORED, Orientation.ROTATED_180, Orientation.ROTATED_90, Orientation.TRANSVERSED)
)


def oriented(pixels: Pixels, orientation: Orientation) -> Pixels:
    """A picture turned or mirrored."""
    turned = pixels.swapaxes(0, 1) if orientation >= Orientation.TRANSPOSED else pixels
    rows = -1 if orientation in _ROWS_REVERSED else 1
    columns = -1 if orientation in _COLUMNS_REVERSED else 1
    return np.ascontiguousarray(turned[::rows, ::columns])
