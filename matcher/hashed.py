"""What the worker finds in one picture, before the parent adds the digests: numbers and hashes, no pixel, no text.

A reading is named by steps, each from a closed set, so that the name that stands in a record is spelt by the parent and
never by a process that has touched hostile bytes.
"""

from dataclasses import dataclass
from enum import IntEnum

from matcher.fingerprint import UndecidedReason
from matcher.media_types import MediaType

MAX_READINGS = 8192
"""Readings of one picture; a picture that has more ends as undecided."""


class Source(IntEnum):
    """Which raster of the file a reading was taken from."""

    FRAME = 0
    """A frame of an animation, a page, an icon's size: numbered from 1."""
    THUMBNAIL = 1
    """The thumbnail embedded in the picture's EXIF."""
    EMBEDDED = 2
    """A raster within a vector drawing, numbered from 1."""


class Alpha(IntEnum):
    """What became of transparency."""

    DROPPED = 0
    WHITE = 1
    BLACK = 2


class Orientation(IntEnum):
    """The eight orientations of the pixels: what was done to the picture as shown."""

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


@dataclass(frozen=True, slots=True, order=True)
class Steps:
    """How a reading was made. `index` counts from 1 within its source."""

    source: Source = Source.FRAME
    index: int = 1
    alpha: Alpha = Alpha.DROPPED
    unbordered: bool = False
    orientation: Orientation = Orientation.UPRIGHT
    negative: bool = False

    @property
    def name(self) -> str:
        """The reading's name in records: its steps joined by `/`, or `plain` for none."""
        steps = [self._source(), "" if self.alpha is Alpha.DROPPED else f"alpha-{self.alpha.name.lower()}"]
        steps.append("unbordered" if self.unbordered else "")
        first = "/".join(filter(None, steps)) or "plain"
        orientation = self.orientation.name.lower().replace("_", "-")
        last = ("" if self.orientation is Orientation.UPRIGHT else orientation, "negative" if self.negative else "")
        return "/".join(filter(None, (first, *last)))

    def _source(self) -> str:
        if self.source is Source.FRAME:
            return "" if self.index == 1 else f"frame-{self.index}"
        return "thumbnail" if self.source is Source.THUMBNAIL else f"embedded-{self.index}"


@dataclass(frozen=True, slots=True)
class HashedReading:
    """One reading's hashes: `pdq` and `phash` are 32 bytes each, `quality` is 0 to 100."""

    steps: Steps
    pdq: bytes
    quality: int
    phash: bytes


@dataclass(frozen=True, slots=True)
class HashedPicture:
    """One picture as the worker found it. `width` and `height` are pixels; 0, as `media_type` None, when unknown."""

    media_type: MediaType | None
    width: int
    height: int
    readings: tuple[HashedReading, ...]
    undecided: UndecidedReason | None
    scaled: bool = False
