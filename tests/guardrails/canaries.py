"""A site full of canaries: marked bytes in every place through which a leak could go, and every form to look for.

In the page's text; in a JPEG's comment, in EXIF, in the very pixels of a PNG; in data: URIs; in the names of files (URL
and Content-Type); in a body without a head (HTTP/0.9); in bodies that are cut short, or are no picture at all.
"""

import struct
import zlib
from base64 import b64encode

from scanner.rehearsal.gallery import KNOWN, plain
from scanner.rehearsal.sites import Served

CANARY = "canary-5f1e7c-quietly-kept"
DRIPPING = "/dripping.jpg"
"""A picture that takes its time: whoever asked for it is in the middle of a scan."""


def forms(mark: str) -> dict[str, bytes]:
    """The bytes in which a mark may lie on a disk: as it is, in base64 at each place within three bytes, in UTF-16."""
    raw = mark.encode()
    coded = {f"base64, {skip} bytes in": b64encode(bytes(skip) + raw)[4:-4] for skip in range(3)}
    return {"plain": raw, "hex": raw.hex().encode(), "UTF-16": mark.encode("utf-16-le"), **coded}


def commented(picture: bytes) -> bytes:
    """The JPEG with the canary in a comment segment (ITU T.81, B.2.4.5)."""
    return _with_segment(picture, 0xFE, CANARY.encode())


def with_exif(picture: bytes) -> bytes:
    """The JPEG with the canary as its image description (EXIF 2.32, 4.6.4: tag 0x010E)."""
    text = CANARY.encode() + b"\0"
    tiff = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x010E, 2, len(text), 26, 0) + text
    return _with_segment(picture, 0xE1, b"Exif\0\0" + tiff)


def of_pixels(side: int = 128) -> bytes:
    """A PNG whose decoded pixels spell the canary again and again."""
    row = (CANARY.encode() * side)[: 3 * side]
    pixels = b"".join(b"\0" + row[shift:] + row[:shift] for shift in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _with_segment(picture: bytes, marker: int, data: bytes) -> bytes:
    return picture[:2] + bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data + picture[2:]


PICTURE, INLINE = (commented(plain(KNOWN[entry])) for entry in ("R-01", "R-02"))
PAGE = f"""<!doctype html><title>{CANARY}</title><p>{CANARY}
<img src="/{CANARY}.jpg"><img src="/cut.jpg"><img src="/exif.jpg"><img src="/pixels.png"><img src="/bare.jpg">
<img src="/no-picture.jpg"><img src="{DRIPPING}"><img src="data:image/jpeg;base64,{b64encode(INLINE).decode()}">
<img src="data:text/plain,{CANARY}"><a href="/{CANARY}">more</a>"""
ANSWERS = {
    "/": Served(PAGE.encode()),
    f"/{CANARY}": Served(PAGE.encode()),
    f"/{CANARY}.jpg": Served(PICTURE, f'image/jpeg; name="{CANARY}.jpg"'),
    "/cut.jpg": Served(PICTURE, "image/jpeg", cut_short=True),
    "/exif.jpg": Served(with_exif(plain(KNOWN["R-03"])), "image/jpeg"),
    "/pixels.png": Served(of_pixels(), "image/png"),
    "/bare.jpg": Served(PICTURE, bare=True),
    "/no-picture.jpg": Served(b"\xff\xd8\xff" + CANARY.encode() * 100, "image/jpeg"),
    DRIPPING: Served(PICTURE[:20], "image/jpeg", dripping=True),
}
