"""Benign pictures, generated: coloured shapes over waves. And the many ways in which one picture reaches a page.

A picture is an array of 8-bit RGB, height x width x 3. The same seed gives the same picture. Two seeds give pictures
whose perceptual hashes lie far apart, in any orientation. Encoded here, in memory; nothing is ever opened here.
"""

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Encode = Callable[[Pixels], bytes]

WIDTH: Final = 480
HEIGHT: Final = 360
WAVES = 6
SHAPES = 18
EXIF_ORIENTATION: Final = 0x0112
ROTATED_90_CLOCKWISE: Final = 6
"""The EXIF value by which a viewer turns the stored picture a quarter to the right."""


def paint(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """Generate a picture, rich enough in detail for a perceptual hash of full quality."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    canvas = np.zeros((height, width, 3))
    for _ in range(WAVES):
        across, down, phase = chance.uniform(-4, 4), chance.uniform(-4, 4), chance.uniform(0, 6)
        canvas += np.cos(6.28 * (across * x + down * y) + phase)[..., None] * chance.uniform(-20, 20, 3)
    canvas += 128
    for _ in range(SHAPES):
        canvas[_shape(chance, x, y)] = chance.uniform(0, 255, 3)
    return np.asarray((canvas + chance.normal(0, 2, canvas.shape)).clip(0, 255), np.uint8)


def _shape(chance: np.random.Generator, x: "NDArray[np.float64]", y: "NDArray[np.float64]") -> "NDArray[np.bool_]":
    """Draw a disc or a tilted bar somewhere."""
    across, down = x - chance.uniform(0, 1), y - chance.uniform(0, 1)
    size = chance.uniform(0.04, 0.16)
    if chance.random() < 0.5:  # noqa: PLR2004 - heads or tails
        return np.asarray(across**2 + down**2 < size**2)
    angle = chance.uniform(0, 6.28)
    along = across * np.cos(angle) + down * np.sin(angle)
    beside = down * np.cos(angle) - across * np.sin(angle)
    return np.asarray((abs(along) < 2 * size) & (abs(beside) < size / 2))


def jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    """Return the plain form in which a hash list knows a picture."""
    return _save(Image.fromarray(pixels), "JPEG", quality=quality)


def flat() -> bytes:
    """Return a PNG of one colour: too little detail for any perceptual hash."""
    return _save(Image.new("RGB", (200, 150), (40, 90, 160)), "PNG")


def broken() -> bytes:
    """Return the first bytes of a PNG, and nothing of its picture."""
    return _save(Image.new("RGB", (8, 8)), "PNG")[:20]


def truncated(pixels: Pixels, part: float) -> bytes:
    """Return the first part (0 to 1) of a JPEG."""
    whole = jpeg(pixels)
    return whole[: int(len(whole) * part)]


def animation(first: Pixels, second: Pixels) -> bytes:
    """Return a GIF of two frames."""
    frames = [Image.fromarray(first), Image.fromarray(second)]
    return _save(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=500, loop=0)


def _save(image: Image.Image, form: str, **options: object) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, form, **options)
    return encoded.getvalue()


def _as(form: str, **options: object) -> Encode:
    return lambda pixels: _save(Image.fromarray(pixels), form, **options)


def _in_palette(form: str) -> Encode:
    return lambda pixels: _save(Image.fromarray(pixels).quantize(256), form)


def _sixteen_bits(pixels: Pixels) -> bytes:
    grey = np.asarray(Image.fromarray(pixels).convert("L"), np.uint16)
    return _save(Image.fromarray(grey * 257), "PNG")


def _turned_by_exif(pixels: Pixels) -> bytes:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = ROTATED_90_CLOCKWISE
    return _save(Image.fromarray(np.rot90(pixels).copy()), "JPEG", quality=90, exif=exif)


def _hidden_by_alpha(pixels: Pixels) -> bytes:
    """Return a picture whose transparent half hides its colours in the composite."""
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[:, : pixels.shape[1] // 2] = 0
    return _save(Image.fromarray(np.dstack([pixels, alpha])), "PNG")


def _drawn_in_alpha(pixels: Pixels) -> bytes:
    """Return a black picture that its transparency alone draws on a white page."""
    alpha = 255 - np.asarray(Image.fromarray(pixels).convert("L"))
    black = np.zeros_like(pixels)
    return _save(Image.fromarray(np.dstack([black, alpha])), "PNG")


def _resized(pixels: Pixels) -> bytes:
    return jpeg(np.asarray(Image.fromarray(pixels).resize((WIDTH * 3 // 5, HEIGHT * 3 // 5))))


def _cropped(pixels: Pixels) -> bytes:
    down, across = pixels.shape[0] // 100, pixels.shape[1] // 100
    return jpeg(pixels[down:-down, across:-across])


def _bordered(pixels: Pixels) -> bytes:
    return jpeg(np.pad(pixels, ((30, 30), (30, 30), (0, 0))))


EDITS: Final[Mapping[str, Encode]] = MappingProxyType(
    {
        "resized.jpg": _resized,
        "re-encoded.jpg": lambda pixels: jpeg(pixels, quality=25),
        "mirrored.jpg": lambda pixels: jpeg(pixels[:, ::-1]),
        "upside-down.jpg": lambda pixels: jpeg(pixels[::-1, ::-1]),
        "cropped.jpg": _cropped,
        "bordered.jpg": _bordered,
        "negative.jpg": lambda pixels: jpeg(255 - pixels),
    }
)
"""What people do to a picture. A matcher must find each."""

FORMATS: Final[Mapping[str, Encode]] = MappingProxyType(
    {
        "progressive.jpg": _as("JPEG", quality=90, progressive=True),
        "cmyk.jpg": lambda pixels: _save(Image.fromarray(pixels).convert("CMYK"), "JPEG", quality=90),
        "turned-by-exif.jpg": _turned_by_exif,
        "true-colour.png": _as("PNG"),
        "palette.png": _in_palette("PNG"),
        "sixteen-bits.png": _sixteen_bits,
        "hidden-by-alpha.png": _hidden_by_alpha,
        "drawn-in-alpha.png": _drawn_in_alpha,
        "still.gif": _in_palette("GIF"),
        "photo.webp": _as("WEBP", quality=80),
        "photo.avif": _as("AVIF", quality=70),
        "photo.bmp": _as("BMP"),
        "photo.tif": _as("TIFF"),
    }
)
"""The same picture in another form: file name to encoder. Known matchers silently miss half of these."""
