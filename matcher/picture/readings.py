"""Every honest reading of a picture, hashed.

- A reading is what a person who looks at the picture may see: each frame, transparency over white or black or ignored,
  the thumbnail inside, the picture without its borders, turned or mirrored, and its negative; and the picture at each
  size at which makers of lists hash (docs/adr/0009). A picture matches if any reading does, and the match names it. A
  reading whose hashes equal an earlier one's is dropped.
- The quality of a reading whose bits rest on too little (`detail.py`) is capped below the floor: it accuses no one.
- A picture decoded at a reduced scale counts only if its hashes are steady: the missing detail can change few bits of
  any reading. Otherwise, and whenever anything about it is unusual, it is decoded again in full. So a scaled reading
  lies within SLACK_BITS of the true one (docs/adr/0010).
"""

import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np

from matcher.fingerprint import UndecidedReason
from matcher.hash_lists.photodna import PhotoDna
from matcher.limits import ExaminationLimits
from matcher.picture import pdq, phash
from matcher.picture.borders import may_have_borders, without_borders
from matcher.picture.decode import Raster, rasters
from matcher.picture.detail import QUALITY_FLOOR, has_detail
from matcher.picture.downscale import StoredShape, lanczos, orientations, other_sizes
from matcher.picture.hashed import (
    ALL_BORDERS,
    MAX_READINGS,
    MOST_BORDERS,
    HashedPicture,
    HashedReading,
    ReadingSteps,
    Size,
    Source,
)
from matcher.picture.media_types import MediaType, sniff
from matcher.picture.orientations import Orientation, turned
from matcher.picture.pdq import Floats
from matcher.picture.svg import Untrusted, embedded

_MAX_UNSTEADY_BITS = 8
"""A scaled picture with more uncertain bits in one hash is decoded in full."""
_UNSTEADY_TERM = 0.25
"""A DCT term nearer to the median than this (in grey levels) may fall on its other side at full scale."""
_READINGS_OF_A_RASTER = (1 + MOST_BORDERS) * (len(Orientation) + len(Size))


def hash_picture(
    untrusted_picture: Untrusted, limits: ExaminationLimits, *, full: bool = True, licensed: PhotoDna | None = None
) -> HashedPicture:
    """Decode a picture and hash each of its readings. Raise nothing for anything the bytes may do.

    `licensed` adds its value to the upright reading of each frame and view, not to turned ones and negatives.
    """
    media_type = sniff(untrusted_picture)
    if isinstance(media_type, UndecidedReason):
        return HashedPicture(None, 0, 0, (), media_type)
    stop_at = time.monotonic() + limits.seconds_per_picture / 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # their texts may hold bytes of the picture
        for scaled in (False,) if full else (True, False):
            found = _rasters(untrusted_picture, media_type, limits, full=not scaled)
            picture = _Collected(media_type, licensed).collect(found, stop_at)
            if picture is not None:
                return picture
    return HashedPicture(media_type, 0, 0, (), UndecidedReason.BROKEN)


def _rasters(
    untrusted_picture: Untrusted, media_type: MediaType, limits: ExaminationLimits, *, full: bool
) -> Iterator[Raster | UndecidedReason]:
    """Yield the picture's rasters; of a drawing, those embedded in it, and the reason that it was not rendered."""
    if media_type is not MediaType.SVG:
        yield from rasters(untrusted_picture, media_type, limits, full=full)
        return
    for number, untrusted_part in enumerate(embedded(untrusted_picture), 1):
        if number > limits.max_frames:
            yield UndecidedReason.TOO_MANY_FRAMES
            return
        yield from _part(untrusted_part, number, limits)
    yield UndecidedReason.FORMAT_NOT_SUPPORTED


def _part(untrusted_part: bytes, number: int, limits: ExaminationLimits) -> Iterator[Raster | UndecidedReason]:
    """Yield the first frame of one raster embedded in a drawing."""
    media_type = sniff(untrusted_part)
    if isinstance(media_type, UndecidedReason) or media_type is MediaType.SVG:
        yield UndecidedReason.FORMAT_NOT_SUPPORTED
        return
    for item in rasters(untrusted_part, media_type, limits):
        if isinstance(item, Raster) and item.steps.source in {Source.FRAME, Source.TRUNCATED} and item.steps.index == 1:
            yield replace(item, steps=replace(item.steps, source=Source.EMBEDDED, index=number))
        elif isinstance(item, UndecidedReason):
            yield item


class _Collected:
    """Readings found so far in one picture."""

    def __init__(self, media_type: MediaType, licensed: PhotoDna | None) -> None:
        self._media_type = media_type
        self._licensed = licensed
        self._size = (0, 0)
        self._readings: dict[tuple[bytes, bytes], HashedReading] = {}
        self._undecided: UndecidedReason | None = None
        self._scaled = False

    def collect(self, found: Iterator[Raster | UndecidedReason], stop_at: float) -> HashedPicture | None:
        """Return the whole picture; None if it was decoded at a reduced scale and must be decoded in full."""
        for item in found:
            if isinstance(item, UndecidedReason):
                self._undecided = self._undecided or item
            elif not self._take(item):
                return None
            if len(self._readings) > MAX_READINGS - _READINGS_OF_A_RASTER:
                self._undecided = self._undecided or UndecidedReason.TOO_MANY_FRAMES
                break
            if time.monotonic() > stop_at:
                self._undecided = self._undecided or UndecidedReason.TIME_LIMIT
                break
        return self._picture()

    def _take(self, raster: Raster) -> bool:
        if self._size == (0, 0):
            self._size = raster.size
        found = _readings(raster, self._licensed)
        for reading in found or ():
            self._readings.setdefault((reading.pdq, reading.phash), reading)
        self._scaled = self._scaled or not raster.exact
        return found is not None

    def _picture(self) -> HashedPicture | None:
        readings = tuple(self._readings.values())
        flat = max((reading.quality for reading in readings), default=0) < QUALITY_FLOOR
        undecided = self._undecided or (UndecidedReason.TOO_FLAT if flat else None)
        if self._scaled and undecided:
            return None
        return HashedPicture(self._media_type, *self._size, readings, undecided, self._scaled)


def _readings(raster: Raster, licensed: PhotoDna | None) -> list[HashedReading] | None:
    """Return the readings of one raster, with and without borders; None if an inexact raster cannot give them."""
    if not raster.exact:
        return None if may_have_borders(raster.luma) else _hashed(raster)
    found = _with_photodna(_hashed(raster) or [], raster, licensed)
    views = without_borders(raster.luma) if found else []
    for number, inner in enumerate(views, 1):
        steps = replace(raster.steps, unbordered=ALL_BORDERS if number == len(views) else ALL_BORDERS + number)
        within = replace(raster, steps=steps, luma=inner, shape=StoredShape(*inner.shape))
        found += _with_photodna(_hashed(within) or [], within, licensed)
    return found


def _with_photodna(found: list[HashedReading], raster: Raster, licensed: PhotoDna | None) -> list[HashedReading]:
    """Return the readings of one raster, the first (upright) with its PhotoDNA value if a plug-in is installed."""
    if licensed is None or not found:
        return found
    pixels = np.clip(np.rint(turned(raster.luma, raster.shown)), 0, 255).astype(np.uint8)
    return [replace(found[0], photodna=licensed.hash(pixels)), *found[1:]]


def _hashed(raster: Raster) -> list[HashedReading] | None:
    """Hash the eight orientations, the upright one at other sizes, and its negative; None if they are not steady."""
    if min(raster.luma.shape) < pdq.MIN_SIDE:
        return []
    squares = _squares(raster)
    terms = pdq.dct_terms(squares)
    above, detailed = pdq.above_median(terms), has_detail(terms[0], exact=raster.exact)
    if not raster.exact and not (detailed and _unsteady_bits(above) <= _MAX_UNSTEADY_BITS):
        return None
    hashes, qualities = pdq.hashes(above), pdq.qualities(squares)
    if not detailed:
        qualities = [min(quality, QUALITY_FLOOR - 1) for quality in qualities]
    square = lanczos(raster.luma, raster.shape, raster.shown, exact=raster.exact)
    *turned, negative = phash.of_orientations(square)
    names = _variants(raster.steps, len(hashes) + 1)
    phashes = (*turned, *turned[:1] * (len(hashes) - len(turned)), negative)
    pairs = zip(names, (*hashes, pdq.complement(hashes[0])), (*qualities, qualities[0]), phashes, strict=True)
    return [HashedReading(*reading) for reading in pairs]


def _unsteady_bits(above: Floats) -> int:
    """Return the most bits of one hash that missing detail may flip."""
    return int((np.abs(above) < _UNSTEADY_TERM).sum(axis=1).max())


def _squares(raster: Raster) -> Floats:
    """Return all PDQ reductions: the eight orientations', then those of the other sizes (n x 64 x 64)."""
    eight = orientations(raster.luma, raster.shape, raster.shown)
    others = other_sizes(raster.luma, raster.shape, raster.shown)
    return eight if others is None else np.concatenate([eight, np.stack(others)])


@lru_cache(maxsize=1024)
def _variants(steps: ReadingSteps, count: int) -> tuple[ReadingSteps, ...]:
    """Return the steps of one view's readings: eight orientations, other sizes if any, and the negative."""
    turned = tuple(replace(steps, orientation=orientation) for orientation in Orientation)
    sizes = tuple(replace(steps, size=size) for size in Size if size is not Size.FULL)
    return (*turned, *sizes[: count - len(turned) - 1], replace(steps, negative=True))
