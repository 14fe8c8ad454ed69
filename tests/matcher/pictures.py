"""Generated pictures: noise in octaves, shapes and shades, like nothing in particular, and the formats they come in."""

import struct
import zlib
from io import BytesIO

import imagecodecs
import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image, ImageDraw, ImageOps

pillow_heif.register_heif_opener()

Pixels = npt.NDArray[np.uint8]


def scene(seed: int, width: int = 320, height: int = 240) -> Image.Image:
    """An RGB picture with the spectrum of a photograph and a few hard edges."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for octave in range(2, 7):
        cells = 2**octave
        noise = random.uniform(0, 255, (cells, cells, 3)).astype(np.uint8)
        total += np.asarray(Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)) / octave**2
    span = np.ptp(total, axis=(0, 1))
    picture = Image.fromarray(((total - total.min(axis=(0, 1))) * (255 / span)).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        corners = [(int(random.integers(0, width)), int(random.integers(0, height))) for _ in range(3)]
        draw.polygon(corners, fill=tuple(int(level) for level in random.integers(0, 255, 3)))
    return picture


def framed_scene(seed: int) -> Image.Image:
    """A scene within a black border, as large as the others."""
    return ImageOps.expand(scene(seed, 280, 200), 20, "black")


def encode(picture: Image.Image, file_format: str, **options: object) -> bytes:
    """The picture's bytes in a format that Pillow writes."""
    out = BytesIO()
    picture.save(out, file_format, **options)
    return out.getvalue()


def jpeg(picture: Image.Image, **options: object) -> bytes:
    return encode(picture, "JPEG", **{"quality": 92, **options})


def png(picture: Image.Image, **options: object) -> bytes:
    return encode(picture, "PNG", **options)


def with_alpha(picture: Image.Image, alpha: Pixels) -> Image.Image:
    out = picture.convert("RGBA")
    out.putalpha(Image.fromarray(alpha))
    return out


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header claims any size, with almost nothing behind it: a bomb."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def animation(*frames: Image.Image) -> bytes:
    """A GIF of these frames."""
    first, *more = (frame.quantize(256) for frame in frames)
    return encode(first, "GIF", save_all=True, append_images=more, duration=100)


def jpeg_xl(
    *frames: Image.Image, distance: float | None = None, container: bool = False, sixteen: bool = False
) -> bytes:
    """A JPEG XL of a picture, or of several: an animation. Lossless without a `distance`."""
    levels = np.stack([np.asarray(frame) for frame in frames]) if len(frames) > 1 else np.asarray(frames[0])
    if sixteen:
        levels = levels.astype(np.uint16) * 257
    return bytes(
        imagecodecs.jpegxl_encode(
            levels,
            lossless=distance is None,
            distance=distance,
            photometric="rgb" if len(frames) > 1 else None,
            usecontainer=container,
            numthreads=1,
        )
    )
