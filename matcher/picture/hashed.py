"""The worker's result for one picture, before the parent adds the digests: numbers and hashes, no pixel, no text.

A reading is named by steps, each from a closed set. The parent spells the name that a record shows; a process that has
touched hostile bytes does not.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from matcher.fingerprint import UndecidedReason
from matcher.picture.media_types import MediaType
from matcher.picture.orientations import Orientation

MAX_READINGS = 8192
"""Readings of one picture; a picture that has more ends as undecided."""
SLACK_BITS = 8
"""The largest distance in bits between a reading of a scaled picture and that at full scale (docs/adr/0010)."""
MOST_BORDERS = 4
"""Of one picture, within one another."""
ALL_BORDERS = 1
"""The value of `ReadingSteps.unbordered` for a picture without any border."""
_UNBORDERED = ("", "unbordered", *(f"unbordered-{number}" for number in range(1, MOST_BORDERS)))


class Source(IntEnum):
    """The raster of the file that a reading was taken from."""

    FRAME = 0
    """A frame of an animation, a page, an icon's size: numbered from 1."""
    THUMBNAIL = 1
    """A thumbnail or preview within the picture's EXIF or Photoshop's resources, numbered from 1."""
    EMBEDDED = 2
    """A raster within a vector drawing, numbered from 1."""
    TRUNCATED = 3
    """A frame of a truncated file, as far as it goes."""
    FILLED = 4
    """The same, its missing rows filled with the last that arrived."""


_SOURCES = {
    Source.FRAME: ("", "frame-{}"),
    Source.THUMBNAIL: ("thumbnail", "thumbnail-{}"),
    Source.EMBEDDED: ("embedded-1", "embedded-{}"),
    Source.TRUNCATED: ("truncated", "frame-{}/truncated"),
    Source.FILLED: ("truncated/filled", "frame-{}/truncated/filled"),
}
"""The names of the first raster of a source, and of later ones."""


class Alpha(IntEnum):
    """Treatment of transparency."""

    DROPPED = 0
    WHITE = 1
    BLACK = 2


class Size(IntEnum):
    """The size at which PDQ is computed. Makers of lists differ, and so do their hashes, by some ten bits."""

    FULL = 0
    """Not resized: the Python packages."""
    FIT_512 = 1
    """Reduced to fit 512 x 512: the published vectors."""
    SQUARE_512 = 2
    """Stretched to 512 x 512: the C++ programs."""


@dataclass(frozen=True, slots=True, order=True)
class ReadingSteps:
    """The steps of a reading. `index` counts from 1 within its source."""

    source: Source = Source.FRAME
    index: int = 1
    alpha: Alpha = Alpha.DROPPED
    unbordered: int = 0
    """0: with borders; 1: without any; n + 1: without the n outermost only, if there are more."""
    size: Size = Size.FULL
    orientation: Orientation = Orientation.UPRIGHT
    negative: bool = False
    name: str = field(init=False, compare=False)
    """The reading's name in records: its steps joined by `/`, or `plain` for none."""

    def __post_init__(self) -> None:
        """Spell the name once: readings are many and their steps few."""
        object.__setattr__(self, "name", self._name())

    def _name(self) -> str:
        first = (
            self._source(),
            "" if self.alpha is Alpha.DROPPED else f"alpha-{self.alpha.name.lower()}",
            _UNBORDERED[self.unbordered],
        )
        last = (
            _spelt(self.size, Size.FULL),
            _spelt(self.orientation, Orientation.UPRIGHT),
            "negative" if self.negative else "",
        )
        return "/".join(filter(None, ("/".join(filter(None, first)) or "plain", *last)))

    def _source(self) -> str:
        first, later = _SOURCES[self.source]
        return first if self.index == 1 else later.format(self.index)


def _spelt(step: Size | Orientation, unchanged: Size | Orientation) -> str:
    return "" if step is unchanged else step.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class HashedReading:
    """Hashes of one reading: `pdq` and `phash` of 32 bytes, `quality` 0 to 100, `photodna` of 144 bytes or none."""

    steps: ReadingSteps
    pdq: bytes
    quality: int
    phash: bytes
    photodna: bytes = b""


@dataclass(frozen=True, slots=True)
class HashedPicture:
    """The worker's result. `width` and `height` are in pixels; 0, like `media_type` None, if unknown."""

    media_type: MediaType | None
    width: int
    height: int
    readings: tuple[HashedReading, ...]
    undecided: UndecidedReason | None
    scaled: bool = False
