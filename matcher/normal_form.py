"""Untrusted bytes become 8-bit rasters: the one module that opens pictures with Pillow, run inside the confined worker.

Rules:
- Only the decoder of the sniffed format is tried (`formats=`): nothing here can call another program or touch a file.
- The header is checked before anything is decoded: pixels, and the scans of a JPEG.
- Each frame is brought to grey or RGB in 8 bits, with its orientation applied; one with transparency is given over
  white, over black and with the transparency dropped.
- A file that cannot be decoded strictly is decoded again as far as it goes, and said to be truncated.
- What ends the examination early is given as an item of its own (`UndecidedReason`); what came before it stands.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pillow_heif
from PIL import AvifImagePlugin, ExifTags, IcoImagePlugin, Image, ImageFile, features

from matcher.fingerprint import UndecidedReason
from matcher.hashed import Alpha, Source, Steps
from matcher.limits import Limits
from matcher.media_types import MediaType
from matcher.pdq import Pixels

pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_DECODER = {
    MediaType.JPEG: "JPEG",
    MediaType.PNG: "PNG",
    MediaType.GIF: "GIF",
    MediaType.WEBP: "WEBP",
    MediaType.AVIF: "AVIF",
    MediaType.HEIC: "HEIF",
    MediaType.BMP: "BMP",
    MediaType.TIFF: "TIFF",
    MediaType.ICO: "ICO",
    MediaType.JPEG_2000: "JPEG2000",
}

_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (1 is upright)."""


@dataclass(frozen=True, slots=True)
class Raster:
    """One raster in normal form. `width` and `height` are those of the whole frame as shown."""

    steps: Steps
    pixels: Pixels
    width: int
    height: int


def rasters(untrusted_picture: bytes, media_type: MediaType, limits: Limits) -> Iterator[Raster | UndecidedReason]:
    """Every raster of the picture, the most ordinary first; and, where it ends early, why. Raises nothing."""
    if _too_many_scans(untrusted_picture, media_type, limits):
        yield UndecidedReason.TOO_MANY_SCANS
        return
    done = 0
    for truncated in (False, True):
        try:
            for frame in _frames(untrusted_picture, media_type, limits, truncated=truncated, start=done):
                yield from frame
                done += 1
        except MemoryError:
            yield UndecidedReason.MEMORY_LIMIT
            return
        except (_TooManyPixelsError, Image.DecompressionBombError):
            yield UndecidedReason.TOO_MANY_PIXELS
            return
        except Exception:  # noqa: BLE001, S112 - Pillow raises whatever hostile bytes lead it to (IndexError, struct.error, ...)
            continue
        if truncated:
            yield UndecidedReason.TRUNCATED
        return
    yield UndecidedReason.TRUNCATED if done else UndecidedReason.BROKEN


class _TooManyPixelsError(Exception):
    """A frame has more pixels than the limit."""


def _too_many_scans(untrusted_picture: bytes, media_type: MediaType, limits: Limits) -> bool:
    return media_type is MediaType.JPEG and untrusted_picture.count(b"\xff\xda") > limits.max_scans


_Frame = Iterator[Raster | UndecidedReason]


def _frames(
    untrusted_picture: bytes, media_type: MediaType, limits: Limits, *, truncated: bool, start: int
) -> Iterator[_Frame]:
    """The rasters of each frame from `start` on. Raises whatever Pillow does."""
    ImageFile.LOAD_TRUNCATED_IMAGES = truncated
    Image.MAX_IMAGE_PIXELS = limits.max_pixels // 2  # Pillow refuses at twice this figure
    with Image.open(BytesIO(untrusted_picture), formats=[_DECODER[media_type]]) as image:
        for number, frame in enumerate(_sequence(image, start), start + 1):
            if number > limits.max_frames:
                yield iter((UndecidedReason.TOO_MANY_FRAMES,))
                return
            yield _rasters_of(frame, number, limits)


def _sequence(image: Image.Image, start: int) -> Iterator[Image.Image]:
    """The frames of an animation, the pages of a document, the sizes of an icon."""
    if isinstance(image, IcoImagePlugin.IcoImageFile):
        yield from (image.ico.frame(index) for index in range(start, len(image.ico.entry)))
        return
    number = start
    with contextlib.suppress(EOFError):
        while True:
            image.seek(number)
            yield image
            number += 1


def _rasters_of(frame: Image.Image, number: int, limits: Limits) -> _Frame:
    if frame.width * frame.height > limits.max_pixels:
        raise _TooManyPixelsError
    frame.load()
    orientation = _orientation(frame)
    shown = frame.transpose(_TURN[orientation]) if orientation in _TURN else frame
    for alpha, pixels in _normal_forms(shown):
        yield Raster(Steps(index=number, alpha=alpha), pixels, shown.width, shown.height)
    if number == 1:
        yield from _thumbnail(frame, limits)


def _orientation(frame: Image.Image) -> int:
    """The EXIF orientation, 1 to 8. A picture with broken EXIF is shown all the same, so it is upright."""
    with contextlib.suppress(Exception):  # hostile EXIF makes Pillow raise anything
        return int(frame.getexif().get(ExifTags.Base.Orientation, 1))
    return 1


def _thumbnail(frame: Image.Image, limits: Limits) -> _Frame:
    """The JPEG thumbnail within the EXIF, if there is one that can be decoded."""
    exif = frame.info.get("exif") or b""
    start = exif.find(b"\xff\xd8\xff", 1)
    if start < 0 or _too_many_scans(exif, MediaType.JPEG, limits):
        return
    with contextlib.suppress(Exception):  # an extra reading: the picture itself has been read
        image = Image.open(BytesIO(exif[start:]), formats=["JPEG"])
        if image.width * image.height <= limits.max_pixels:
            image.load()
            _, pixels = next(_normal_forms(image))
            yield Raster(Steps(Source.THUMBNAIL), pixels, image.width, image.height)


def _normal_forms(image: Image.Image) -> Iterator[tuple[Alpha, Pixels]]:
    """Grey or RGB in 8 bits: with transparency dropped, and over white and black where there is any."""
    plain = _eight_bits(image)
    if plain.mode not in {"LA", "RGBA"}:
        yield Alpha.DROPPED, np.asarray(plain)
        return
    opaque, mask = plain.convert(plain.mode[:-1]), plain.getchannel("A")
    yield Alpha.DROPPED, np.asarray(opaque)
    if mask.getextrema()[0] == 255:  # noqa: PLR2004 - opaque throughout
        return
    for alpha, level in ((Alpha.WHITE, 255), (Alpha.BLACK, 0)):
        ground = Image.new(opaque.mode, opaque.size, (level,) * len(opaque.mode))
        ground.paste(opaque, mask=mask)
        yield alpha, np.asarray(ground)


def _eight_bits(image: Image.Image) -> Image.Image:
    """The same picture in mode L, LA, RGB or RGBA."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in {"I", "F"}:
        return _stretched(image)
    if image.mode == "LAB":
        return image.getchannel("L")
    transparent = image.mode in {"PA", "La", "RGBa", "LA", "RGBA"} or "transparency" in image.info
    if image.mode in {"1", "L", "LA", "La"}:
        return image.convert("LA" if transparent else "L")
    return image.convert("RGBA" if transparent else "RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """32-bit levels have no agreed white: the darkest becomes 0, the brightest 255. A hash is blind to that choice."""
    levels = np.nan_to_num(np.asarray(image, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if levels.min() < 0 or levels.max() > 255 or image.mode == "F":  # noqa: PLR2004 - already 8 bits otherwise
        span = np.ptp(levels) or 1.0
        levels = (levels - levels.min()) * (255.0 / span)
    return Image.fromarray(levels.astype(np.uint8))


def grey_square(pixels: Pixels, side: int) -> Pixels:
    """A picture reduced to side x side in grey, as imagehash does it: luminance in 8 bits, then Lanczos."""
    return np.asarray(as_image(pixels).convert("L").resize((side, side), Image.Resampling.LANCZOS))


def as_image(pixels: Pixels) -> Image.Image:
    """An array as Pillow's image, for libraries that take nothing else."""
    return Image.fromarray(pixels)


def codecs() -> dict[str, str]:
    """The decoding libraries and their versions: part of what makes a verdict repeatable."""
    found = {name: features.version(name) or "" for name in features.get_supported()}
    return {**found, "pillow_heif": pillow_heif.__version__}
