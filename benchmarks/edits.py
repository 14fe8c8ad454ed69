"""Edits of a picture on its way: each turns a picture into the bytes of a file."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Edit = Callable[[Image.Image], Image.Image]

_ORIENTATION = 0x0112


def png(image: Image.Image) -> bytes:
    """Encode the picture unchanged."""
    return _file(image, "PNG")


def _file(image: Image.Image, file_format: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def _crop(part: float) -> Edit:
    return lambda image: image.crop(
        (
            int(image.width * part),
            int(image.height * part),
            int(image.width * (1 - part)),
            int(image.height * (1 - part)),
        )
    )


def _turn(degrees: float) -> Edit:
    return lambda image: image.rotate(degrees, Image.Resampling.BILINEAR)


def _bordered(part: float) -> Edit:
    return lambda image: ImageOps.expand(image, int(image.width * part), "black")


def _letterboxed(image: Image.Image) -> Image.Image:
    return ImageOps.pad(image, (image.width, int(image.height * 1.3)), color="black")


def _captioned(image: Image.Image) -> Image.Image:
    """Cover the lowest eighth with a bar and words."""
    edited = image.copy()
    top = int(image.height * 0.88)
    draw = ImageDraw.Draw(edited)
    draw.rectangle([0, top, image.width, image.height], fill="black")
    draw.text((20, top + 8), "some words about it, and a name", fill="white")
    return edited


def _marked(part: float) -> Edit:
    """Return an edit that puts a white box in the middle, `part` of each side."""

    def mark(image: Image.Image) -> Image.Image:
        edited = image.copy()
        wide, high = image.width * part / 2, image.height * part / 2
        middle = image.width / 2, image.height / 2
        box = [middle[0] - wide, middle[1] - high, middle[0] + wide, middle[1] + high]
        ImageDraw.Draw(edited).rectangle(box, fill="white")
        return edited

    return mark


def _noisy(image: Image.Image) -> Image.Image:
    levels = np.asarray(image) + np.random.default_rng(1).normal(0, 20, (image.height, image.width, 3))
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def _stored_turned(image: Image.Image) -> bytes:
    """Store the picture turned by a quarter, with the EXIF orientation that undoes it."""
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    return _file(image.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=90, exif=exif)


def _as_png(edit: Edit) -> Callable[[Image.Image], bytes]:
    return lambda image: png(edit(image))


FILES: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG quality 30": lambda image: _file(image, "JPEG", quality=30),
    "JPEG quality 10": lambda image: _file(image, "JPEG", quality=10),
    "WebP quality 40": lambda image: _file(image, "WEBP", quality=40),
    "CMYK JPEG": lambda image: _file(image.convert("CMYK"), "JPEG", quality=90),
    "GIF": lambda image: _file(image, "GIF"),
    "EXIF-turned JPEG": _stored_turned,
}

EDITS: dict[str, Edit] = {
    "half size": lambda image: image.resize((image.width // 2, image.height // 2)),
    "twice the size": lambda image: image.resize((image.width * 2, image.height * 2)),
    "thumbnail of 64": lambda image: image.resize((64, 48)),
    "blur": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "noise": _noisy,
    "grey": lambda image: image.convert("L"),
    "half the contrast": lambda image: ImageEnhance.Contrast(image).enhance(0.5),
    "half brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.5),
    "crop 1 %": _crop(0.01),
    "crop 2 %": _crop(0.02),
    "crop 3 %": _crop(0.03),
    "crop 5 %": _crop(0.05),
    "turned by 1 degree": _turn(1),
    "turned by 2 degrees": _turn(2),
    "turned by 3 degrees": _turn(3),
    "border 2 %": _bordered(0.02),
    "border 5 %": _bordered(0.05),
    "letterbox": _letterboxed,
    "caption over the lowest 12 %": _captioned,
    "box of 15 %": _marked(0.15),
    "box of 30 %": _marked(0.3),
    "mirrored": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "turned by a quarter": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "negative": ImageOps.invert,
}

EVERY: dict[str, Callable[[Image.Image], bytes]] = FILES | {name: _as_png(edit) for name, edit in EDITS.items()}
"""Every edit by name."""
