"""Media type of a picture, by its first bytes alone.

Only the decoder of that format is tried: the server's Content-Type, the file's name and the order of a library's
plug-ins do not count. Recognised formats without a maintained decoder are not supported; everything else is not a
picture.
"""

from enum import StrEnum

from matcher.fingerprint import UndecidedReason
from matcher.picture import svg
from matcher.picture.other_media import not_examined
from matcher.picture.svg import Untrusted


class MediaType(StrEnum):
    """The supported picture formats. Their order is part of the worker's protocol."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    GIF = "image/gif"
    WEBP = "image/webp"
    AVIF = "image/avif"
    HEIC = "image/heic"
    BMP = "image/bmp"
    TIFF = "image/tiff"
    ICO = "image/x-icon"
    JPEG_2000 = "image/jp2"
    JPEG_XL = "image/jxl"
    SVG = "image/svg+xml"


_MAGIC: tuple[tuple[bytes, MediaType], ...] = (
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"GIF87a", MediaType.GIF),
    (b"GIF89a", MediaType.GIF),
    (b"BM", MediaType.BMP),
    (b"II*\x00", MediaType.TIFF),
    (b"MM\x00*", MediaType.TIFF),
    (b"II+\x00", MediaType.TIFF),
    (b"MM\x00+", MediaType.TIFF),
    (b"\x00\x00\x01\x00", MediaType.ICO),
    (b"\x00\x00\x02\x00", MediaType.ICO),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", MediaType.JPEG_2000),
    (b"\xff\x4f\xff\x51", MediaType.JPEG_2000),
    (b"\xff\x0a", MediaType.JPEG_XL),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", MediaType.JPEG_XL),
)

_RECOGNISED: tuple[bytes, ...] = (
    b"8BPS",  # Photoshop
    b"qoif",
    b"DDS ",
    b"%!PS",
    b"\xc5\xd0\xd3\xc6",  # EPS with a preview
    b"icns",
    b"II\xbc\x01",  # JPEG XR
    b"\xd7\xcd\xc6\x9a",  # WMF
)

_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"))
_MAX_BRANDS = 64


def sniff(untrusted_picture: Untrusted) -> MediaType | UndecidedReason:
    """Return the format, FORMAT_NOT_SUPPORTED or the kind of other bytes, from the first few thousand at most."""
    if untrusted_picture[4:8] == b"ftyp":  # first: the length before it may look like an icon's head
        return _iso_base_media(untrusted_picture)
    for magic, media_type in _MAGIC:
        if untrusted_picture.startswith(magic):
            return media_type
    if untrusted_picture.startswith(b"RIFF") and untrusted_picture[8:12] == b"WEBP":
        return MediaType.WEBP
    if untrusted_picture.startswith(_RECOGNISED):
        return UndecidedReason.FORMAT_NOT_SUPPORTED
    if svg.is_svg(untrusted_picture):
        return MediaType.SVG
    return not_examined(untrusted_picture)


def _iso_base_media(untrusted_picture: Untrusted) -> MediaType | UndecidedReason:
    """Return AVIF or HEIC by the major and compatible brands of the file type box (ISO/IEC 14496-12, 4.3)."""
    end = min(int.from_bytes(untrusted_picture[:4], "big"), 16 + 4 * _MAX_BRANDS)
    brands = {bytes(untrusted_picture[at : at + 4]) for at in (8, *range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return MediaType.AVIF
    return MediaType.HEIC if brands & _HEIC_BRANDS else not_examined(untrusted_picture)
