"""Untrusted bytes become 8-bit rasters: the one module that opens pictures with Pillow, run inside the confined worker.

JPEG XL, which Pillow does not read, comes from `jpeg_xl.py`. Rules:
- Only the decoder of the sniffed format is tried (`formats=`): nothing here can call another program or touch a file.
- The header is checked before anything is decoded: pixels, and the scans of a JPEG.
- Each frame is brought to grey or RGB in 8 bits; one with transparency is given over white, over black and with the
  transparency dropped. Its orientation is passed on, and applied to the reductions, which are small.
- Unless requested in full, a large JPEG is decoded at 1/2, 1/4 or 1/8: each decoded value is the mean of a box.
- A file that cannot be decoded strictly is decoded again as far as it goes (filled up to its declared length if the
  decoder refuses incomplete files), and reported as truncated.
- The rest of a truncated frame is grey or black, which is not the picture. So a frame that lacks a few rows is yielded
  again, with each column continued.
- A reason to end early (`UndecidedReason`) is yielded like a raster; the rasters before it count.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import AvifImagePlugin, ExifTags, IcoImagePlugin, Image, ImageFile, JpegImagePlugin, features

from matcher.fingerprint import UndecidedReason
from matcher.limits import ExaminationLimits
from matcher.picture import jpeg_xl
from matcher.picture.downscale import StoredShape
from matcher.picture.hashed import Alpha, ReadingSteps, Source
from matcher.picture.media_types import MediaType
from matcher.picture.orientations import EXIF, Orientation
from matcher.picture.padding import completed
from matcher.picture.pdq import Floats
from matcher.picture.svg import Untrusted

pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_DECODER = {
    MediaType.JPEG: ("JPEG",),
    MediaType.PNG: ("PNG",),
    MediaType.GIF: ("GIF",),
    MediaType.WEBP: ("WEBP",),
    MediaType.AVIF: ("AVIF",),
    MediaType.HEIC: ("HEIF",),
    MediaType.BMP: ("BMP",),
    MediaType.TIFF: ("TIFF",),
    MediaType.ICO: ("ICO",),
    MediaType.JPEG_2000: ("JPEG2000",),
}

_MOST_MISSING = 1 / 3
"""A truncated picture is filled if no more than this part of its rows is missing."""
_FILL_TOLERANCE = 1.0
"""Grey levels by which the undecoded rest of a picture may differ from its last pixel."""
_SEAM_ROWS = 2
"""Rows above the rest that upsampled colours mix with it."""
SCALED_SHORT_SIDE = 512
"""A JPEG is decoded at a reduced scale only if its shorter side keeps this many pixels."""


@dataclass(frozen=True, slots=True)
class Raster:
    """One raster in normal form: the luminance (0 to 255, unrounded) of its 8-bit RGB, as stored.

    `shown` is the operation that shows the stored pixels upright. `shape` is the whole frame's, as stored.
    """

    steps: ReadingSteps
    luma: Floats
    shape: StoredShape
    shown: Orientation

    @property
    def exact(self) -> bool:
        """True if decoded at full scale."""
        return self.shape.scale == 1

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as shown."""
        height, width = self.shape.height, self.shape.width
        return (height, width) if self.shown.exchanged else (width, height)


_Frame = Iterator[Raster | UndecidedReason]


def rasters(
    untrusted_picture: Untrusted, media_type: MediaType, limits: ExaminationLimits, *, full: bool = True
) -> Iterator[Raster | UndecidedReason]:
    """Yield every raster of the picture, the most ordinary first, and the reason if it ends early. Raise nothing.

    Unless `full`, a large JPEG is decoded at a reduced scale.
    """
    done = 0
    for truncated, untrusted_file in _attempts(untrusted_picture, media_type, limits):
        try:
            frames = _frames(untrusted_file, media_type, limits, truncated=truncated, full=full)
            for number, frame in enumerate(frames):
                if number >= done:
                    yield from _as_truncated(frame) if truncated else frame
                    done += 1
        except MemoryError:
            yield UndecidedReason.MEMORY_LIMIT
            return
        except _RefusedError as refused:
            yield refused.reason
            return
        except Image.DecompressionBombError:
            yield UndecidedReason.TOO_MANY_PIXELS
            return
        except Exception:  # noqa: BLE001, S112 - hostile bytes lead Pillow to raise anything (IndexError, struct.error, ...)
            continue
        if truncated:
            yield UndecidedReason.TRUNCATED
        return
    yield UndecidedReason.TRUNCATED if done else UndecidedReason.BROKEN


def _as_truncated(frame: _Frame) -> _Frame:
    """Yield the rasters of a truncated frame by that name, and each again with its missing rows filled."""
    for item in frame:
        if not isinstance(item, Raster) or item.steps.source is not Source.FRAME:
            yield item
            continue
        yield replace(item, steps=replace(item.steps, source=Source.TRUNCATED))
        filled = _filled(item.luma)
        if filled is not None:
            yield replace(item, steps=replace(item.steps, source=Source.FILLED), luma=filled)


def _filled(luma: Floats) -> Floats | None:
    """Return a truncated picture with each column continued from its last decoded pixel.

    Decoders leave the rest in one level. None if too many rows are missing.
    """
    missing = np.abs(luma[::-1] - luma[-1, -1]) <= _FILL_TOLERANCE
    gaps = np.argmin(missing, axis=0)
    gaps[gaps > 0] += _SEAM_ROWS
    if missing.all(axis=0).any() or gaps.max() > len(luma) * _MOST_MISSING:
        return None
    last = len(luma) - 1 - gaps
    filled: Floats = luma[np.minimum(np.arange(len(luma))[:, None], last), np.arange(luma.shape[1])]
    return filled


def _attempts(
    untrusted_picture: Untrusted, media_type: MediaType, limits: ExaminationLimits
) -> Iterator[tuple[bool, Untrusted]]:
    """Yield the file for a strict decode; then each way to decode a truncated one."""
    yield False, untrusted_picture
    for untrusted_file in completed(untrusted_picture, media_type, limits.max_picture_bytes):
        yield True, untrusted_file


class _RefusedError(Exception):
    """The header declares more than the limits allow."""

    def __init__(self, reason: UndecidedReason) -> None:
        super().__init__(reason)
        self.reason = reason


def _frames(
    untrusted_picture: Untrusted, media_type: MediaType, limits: ExaminationLimits, *, truncated: bool, full: bool
) -> Iterator[_Frame]:
    """Yield the rasters of each frame, decoded when consumed. Raises whatever the libraries do."""
    if media_type is MediaType.JPEG_XL:
        yield from _jpeg_xl_frames(untrusted_picture, limits, truncated=truncated)
        return
    ImageFile.LOAD_TRUNCATED_IMAGES = truncated
    Image.MAX_IMAGE_PIXELS = limits.max_pixels // 2  # Pillow refuses at twice this figure
    with Image.open(_file(untrusted_picture, media_type), formats=_DECODER[media_type]) as image:
        _check(image, untrusted_picture, limits)
        for number, frame in enumerate(_sequence(image), 1):
            if number > limits.max_frames:
                yield iter((UndecidedReason.TOO_MANY_FRAMES,))
                return
            yield _rasters_of(frame, number, limits, full=full)


def _jpeg_xl_frames(untrusted_picture: Untrusted, limits: ExaminationLimits, *, truncated: bool) -> Iterator[_Frame]:
    """Yield the rasters of each frame of a JPEG XL, which libjxl turns upright."""
    header = jpeg_xl.header(untrusted_picture)
    if header.width * header.height > limits.max_pixels:
        raise _RefusedError(UndecidedReason.TOO_MANY_PIXELS)
    for number, levels in enumerate(jpeg_xl.frames(untrusted_picture, header, truncated=truncated), 1):
        if number > limits.max_frames:
            yield iter((UndecidedReason.TOO_MANY_FRAMES,))
            return
        frame = Image.fromarray(levels)
        frame.info["exif"] = jpeg_xl.exif(untrusted_picture) if number == 1 else b""
        yield _rasters_of_levels(frame, number, limits)


def _rasters_of_levels(frame: Image.Image, number: int, limits: ExaminationLimits) -> _Frame:
    for alpha, picture in _normal_forms(frame):
        shape = StoredShape(frame.height, frame.width)
        yield Raster(ReadingSteps(index=number, alpha=alpha), _luminance(picture), shape, Orientation.UPRIGHT)
    yield from _thumbnails(frame, limits)


def _file(untrusted_picture: Untrusted, media_type: MediaType) -> BytesIO:
    """Return the picture as a file in memory, adapted to its decoder.

    Pillow wants AVIF as the first brand; it may be a compatible one. Pillow reads one size of a cursor, but all of an
    icon: they differ in the type, and in two fields of each entry, which hold a cursor's point.
    """
    file = BytesIO(untrusted_picture)
    if media_type is MediaType.AVIF and bytes(untrusted_picture[8:12]) not in {b"avif", b"avis", b"mif1", b"msf1"}:
        file.getbuffer()[8:12] = b"avif"
    if media_type is MediaType.ICO and untrusted_picture[2] == _CURSOR:
        file.getbuffer()[2] = 1
        for entry in range(
            6, min(6 + 16 * int.from_bytes(untrusted_picture[4:6], "little"), len(untrusted_picture) - 8), 16
        ):
            file.getbuffer()[entry + 4 : entry + 8] = bytes(4)
    return file


_CURSOR = 2


def _check(image: Image.Image, untrusted_picture: Untrusted, limits: ExaminationLimits) -> None:
    """Refuse, by the header alone, a picture that costs too much: pixels, and scans times pixels."""
    pixels = image.width * image.height
    if pixels > limits.max_pixels:
        raise _RefusedError(UndecidedReason.TOO_MANY_PIXELS)
    if image.format in {"JPEG", "MPO"}:
        scans = untrusted_picture.count(b"\xff\xda")
        if scans > limits.max_scans and scans * pixels > limits.max_scans * limits.max_pixels:
            raise _RefusedError(UndecidedReason.TOO_MANY_SCANS)


def _sequence(image: Image.Image) -> Iterator[Image.Image]:
    """Yield the frames of an animation, the pages of a document, the sizes of an icon."""
    if isinstance(image, IcoImagePlugin.IcoImageFile):
        yield from (image.ico.frame(index) for index in range(len(image.ico.entry)))
        return
    with contextlib.suppress(EOFError):
        for number in count():
            image.seek(number)
            yield image


def _rasters_of(frame: Image.Image, number: int, limits: ExaminationLimits, *, full: bool) -> _Frame:
    if frame.width * frame.height > limits.max_pixels:
        raise _RefusedError(UndecidedReason.TOO_MANY_PIXELS)
    scaled = None if full else _drafted(frame)
    frame.load()
    shape, shown = scaled or StoredShape(frame.height, frame.width), _orientation(frame)
    for alpha, picture in _normal_forms(frame):
        yield Raster(ReadingSteps(index=number, alpha=alpha), _luminance(picture), shape, shown)
    if number == 1:
        yield from _thumbnails(frame, limits)


def _drafted(frame: Image.Image) -> StoredShape | None:
    """Set a large JPEG to be decoded at a reduced scale; return None if it must be decoded in full.

    In colour: the grey plane alone may show another picture than a browser does.
    """
    width, height = frame.size
    scale = next((scale for scale in (8, 4, 2) if min(width, height) // scale >= SCALED_SHORT_SIDE), 1)
    if scale == 1 or type(frame) is not JpegImagePlugin.JpegImageFile or frame.mode not in {"L", "RGB"}:
        return None
    frame.draft(frame.mode, (width // scale, height // scale))
    return StoredShape(height, width, scale)


def _orientation(frame: Image.Image) -> Orientation:
    """Return the operation that shows the frame upright; browsers show a picture with broken EXIF as stored."""
    with contextlib.suppress(Exception):  # hostile EXIF makes Pillow raise anything
        return EXIF.get(frame.getexif().get(ExifTags.Base.Orientation, 1), Orientation.UPRIGHT)
    return Orientation.UPRIGHT


def _thumbnails(frame: Image.Image, limits: ExaminationLimits) -> _Frame:
    """Yield the JPEG thumbnails and previews in EXIF and Photoshop resources, as far as they can be decoded."""
    for number, untrusted_part in enumerate(_embedded_jpegs(frame), 1):
        with contextlib.suppress(Exception):  # extra readings: the picture itself has been read
            image = Image.open(BytesIO(untrusted_part), formats=["JPEG"])
            _check(image, untrusted_part, limits)
            image.load()
            picture = next(picture for _, picture in _normal_forms(image))
            shape = StoredShape(image.height, image.width)
            yield Raster(ReadingSteps(Source.THUMBNAIL, number), _luminance(picture), shape, Orientation.UPRIGHT)


def _embedded_jpegs(frame: Image.Image) -> Iterator[bytes]:
    """Yield data that begins like a JPEG, up to `_MOST_THUMBNAILS` times."""
    resources = frame.info.get("photoshop") or {}
    found = 0
    for untrusted_data in (frame.info.get("exif") or b"", *(resources.get(key) or b"" for key in _PHOTOSHOP)):
        at = untrusted_data.find(_JPEG, 1)
        while at > 0 and found < _MOST_THUMBNAILS:
            found += 1
            yield untrusted_data[at:]
            at = untrusted_data.find(_JPEG, at + 1)


_JPEG = b"\xff\xd8\xff"
_PHOTOSHOP = (1036, 1033)
"""Numbers of the Photoshop resources that hold thumbnails."""
_MOST_THUMBNAILS = 4


def _luminance(picture: Image.Image) -> Floats:
    """Return 0.299 R + 0.587 G + 0.114 B of a picture in mode L or RGB, unrounded."""
    if picture.mode == "L":
        levels = np.frombuffer(picture.tobytes(), dtype=np.uint8).astype(np.float32)
    else:
        levels = np.frombuffer(picture.convert("F").tobytes(), dtype=np.float32)
    return levels.reshape(picture.height, picture.width)


def _normal_forms(image: Image.Image) -> Iterator[tuple[Alpha, Image.Image]]:
    """Yield the picture in grey or RGB in 8 bits: with transparency dropped and, if any, over white and black."""
    plain = _eight_bits(image)
    if plain.mode not in {"LA", "RGBA"}:
        yield Alpha.DROPPED, plain
        return
    opaque, mask = plain.convert(plain.mode[:-1]), plain.getchannel("A")
    yield Alpha.DROPPED, opaque
    if mask.getextrema()[0] == 255:  # noqa: PLR2004 - opaque throughout
        return
    for alpha, level in ((Alpha.WHITE, 255), (Alpha.BLACK, 0)):
        ground = Image.new(opaque.mode, opaque.size, (level,) * len(opaque.mode))
        ground.paste(opaque, mask=mask)
        yield alpha, ground


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return the same picture in mode L, LA, RGB or RGBA."""
    if image.mode in {"L", "RGB"} and "transparency" not in image.info:
        return image
    if image.mode.startswith("I;16"):
        levels = np.asarray(image)
        return Image.fromarray((levels >> 8).astype(np.uint8)) if levels.max() >= _DARK_16_BITS else _stretched(levels)
    if image.mode in {"I", "F"}:
        return _stretched(np.asarray(image))
    if image.mode == "LAB":
        return image.getchannel("L")
    transparent = image.mode in {"PA", "La", "RGBa", "LA", "RGBA"} or "transparency" in image.info
    if image.mode in {"1", "L", "LA", "La"}:
        return image.convert("LA" if transparent else "L")
    return image.convert("RGBA" if transparent else "RGB")


_DARK_16_BITS = 1 << 13
"""A brightest level below this means 12 bits or less in a field of 16."""


def _stretched(levels: npt.NDArray[Any]) -> Image.Image:
    """Map levels without an agreed white: the darkest to 0, the brightest to 255. No hash depends on that choice."""
    exact = np.nan_to_num(levels.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    span = np.ptp(exact) or 1.0
    return Image.fromarray(((exact - exact.min()) * (255.0 / span)).astype(np.uint8))


def as_image(pixels: npt.NDArray[np.uint8]) -> Image.Image:
    """Return an array as a Pillow image, for libraries that need one."""
    return Image.fromarray(pixels)


def codecs() -> dict[str, str]:
    """Return the decoding libraries and their versions, which make a verdict repeatable."""
    found = {name: features.version(name) or "" for name in features.get_supported()}
    return {**found, "pillow_heif": pillow_heif.__version__, **jpeg_xl.codecs()}
