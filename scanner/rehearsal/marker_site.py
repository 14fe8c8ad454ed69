"""A site whose bytes carry a mark wherever bytes could leak from: a search of a disk or a trace for it shows any leak.

In the page's text and links; in a JPEG's comment, in EXIF, in the very pixels of a PNG; in a data: URI; in the names of
files (URL and Content-Type); in a body without a head (HTTP/0.9); in bodies that are cut short, or are no picture.
"""

import struct
import zlib
from base64 import b64encode
from typing import Final

from matcher.fingerprint import UndecidedReason
from scanner.exchange.failure import FailureCause
from scanner.rehearsal.expectations import NEAR, failed, matched, no_match, undecided
from scanner.rehearsal.gallery import KNOWN, GalleryPage, Shown, image, page, plain, together
from scanner.rehearsal.sites import CannedResponse

MARK: Final = "canary-5f1e7c-quietly-kept"


def commented(picture: bytes) -> bytes:
    """Return the JPEG with the mark in a comment segment (ITU T.81, B.2.4.5)."""
    return _with_segment(picture, 0xFE, MARK.encode())


def with_exif(picture: bytes) -> bytes:
    """Return the JPEG with the mark as its image description (EXIF 2.32, 4.6.4: tag 0x010E)."""
    text = MARK.encode() + b"\0"
    tiff = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x010E, 2, len(text), 26, 0) + text
    return _with_segment(picture, 0xE1, b"Exif\0\0" + tiff)


def of_pixels(side: int = 128) -> bytes:
    """Return a PNG whose decoded pixels repeat the mark."""
    row = (MARK.encode() * side)[: 3 * side]
    pixels = b"".join(b"\0" + row[shift:] + row[:shift] for shift in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _with_segment(picture: bytes, marker: int, data: bytes) -> bytes:
    return picture[:2] + bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data + picture[2:]


def no_picture() -> bytes:
    """Return bytes that begin like a JPEG and are none."""
    return b"\xff\xd8\xff" + MARK.encode() * 100


def marked(origin: str) -> GalleryPage:
    """Return the site's two pages, with their expectations."""
    body, inline = commented(plain(KNOWN["R-01"])), b64encode(commented(plain(KNOWN["R-02"]))).decode()
    shown = (
        (f"{MARK}.jpg", matched("R-01", NEAR), CannedResponse(body, f'image/jpeg; name="{MARK}.jpg"')),
        ("cut.jpg", undecided(UndecidedReason.TRUNCATED), CannedResponse(body, "image/jpeg", cut_short=True)),
        ("exif.jpg", matched("R-03", NEAR), CannedResponse(with_exif(plain(KNOWN["R-03"])), "image/jpeg")),
        ("pixels.png", no_match(beside_known=True), CannedResponse(of_pixels(), "image/png")),
        ("bare.jpg", failed(FailureCause.MALFORMED_REPLY), CannedResponse(body, bare=True)),
        ("no-picture.jpg", undecided(UndecidedReason.BROKEN), CannedResponse(no_picture(), "image/jpeg")),
    )
    here = [image(f"{origin}/{name}", expected, served) for name, expected, served in shown]
    within = Shown("data: URI", f'<img src="data:image/jpeg;base64,{inline}" alt="">', "", matched("R-02", NEAR))
    return together(page(origin, "/", [*here, within], [f"/{MARK}"]), page(origin, f"/{MARK}", []))
