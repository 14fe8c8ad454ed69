"""Pictures embedded in the bytes of another file, found by their first bytes, as forensic tools do.

- The search continues within each picture that was found: a lying length hides nothing, and thumbnails are found too.
- A picture ends where its structure says. If that is damaged, it extends to the end of the file, which decoders accept.
- The number of beginnings is bounded, and so are the bytes that are searched for an end.
"""

import re
from collections.abc import Iterator
from typing import Final

SIGNATURES: Final = re.compile(
    rb"\xff\xd8\xff[\xc0-\xc4\xdb\xdd\xe0-\xef\xfe]|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBPVP8", re.DOTALL
)
"""The beginnings of the formats that are carved."""
BEGINNINGS_MOST: Final = 1_000
_LEAST_BYTES: Final = 40
_SEARCHED_BYTES_MOST: Final = 256 * 2**20
"""For the ends of all JPEGs of a file together."""
_JPEG_SEGMENTS_MOST: Final = 500
_MARKER: Final = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
"""Any marker but restarts and the escape of a byte of 255."""
_EOI: Final = 0xD9
_WITHOUT_LENGTH: Final = frozenset((0x01, 0xD8))
_PNG_CHUNKS_MOST: Final = 10_000
_GIF_BLOCKS_MOST: Final = 1_000_000
"""For all GIFs of a file together: a frame has blocks of at most 255 bytes."""
_GIF_EXTENSION, _GIF_IMAGE, _GIF_TRAILER = b"!,;"


class Carver:
    """Finds the pictures embedded in one file."""

    def __init__(self, untrusted: bytes) -> None:
        self.cut = False
        """True if there are more beginnings than the limit."""
        self._untrusted = untrusted
        self._left = _SEARCHED_BYTES_MOST
        self._gif_blocks_left = _GIF_BLOCKS_MOST

    def pictures(self, start: int = 1) -> Iterator[slice]:
        """Yield the place of each picture that begins at `start` or later."""
        for count, found in enumerate(SIGNATURES.finditer(self._untrusted, start)):
            if count >= BEGINNINGS_MOST:
                self.cut = True
                return
            end = self.end(found.start()) or len(self._untrusted)
            if end - found.start() >= _LEAST_BYTES:
                yield slice(found.start(), end)

    def end(self, start: int) -> int | None:
        """Return the end of the picture at `start`; None if its structure does not show one."""
        match self._untrusted[start]:
            case 0xFF:
                return self._jpeg_end(start)
            case 0x89:
                return _png_end(self._untrusted, start)
            case 0x52:
                end = start + 8 + int.from_bytes(self._untrusted[start + 4 : start + 8], "little")
                return end if end <= len(self._untrusted) else None
            case _:
                return self._gif_end(start)

    def _jpeg_end(self, start: int) -> int | None:
        """Return the end after the EOI marker. Segments are skipped by length: a thumbnail in one does not end it."""
        at = start + 2
        for _ in range(_JPEG_SEGMENTS_MOST):
            found = _MARKER.search(self._untrusted, at, at + self._left)
            self._left -= (found.end() if found else len(self._untrusted)) - at
            if found is None or self._left < 0:
                return None
            marker, at = found[1][0], found.end()
            if marker == _EOI:
                return at
            if marker not in _WITHOUT_LENGTH:
                at += int.from_bytes(self._untrusted[at : at + 2], "big")
        return None

    def _gif_end(self, start: int) -> int | None:
        """Return the end after the trailer, past the blocks of all frames."""
        untrusted = self._untrusted
        at = start + 13 + _table_bytes(untrusted[start + 10 : start + 11])
        while at < len(untrusted) and untrusted[at] != _GIF_TRAILER:
            if untrusted[at] == _GIF_EXTENSION:
                at += 2
            elif untrusted[at] == _GIF_IMAGE:
                at += 11 + _table_bytes(untrusted[at + 9 : at + 10])
            else:
                return None
            while at < len(untrusted) and untrusted[at]:
                at += 1 + untrusted[at]
                self._gif_blocks_left -= 1
                if self._gif_blocks_left < 0:
                    return None
            at += 1
        return at + 1 if at < len(untrusted) else None


def picture_end(untrusted: bytes) -> int | None:
    """Return the end of the picture that a file begins with; None if its structure does not show one."""
    return Carver(untrusted).end(0)


def _png_end(untrusted: bytes, start: int) -> int | None:
    at = start + 8
    for _ in range(_PNG_CHUNKS_MOST):
        length, kind = int.from_bytes(untrusted[at : at + 4], "big"), untrusted[at + 4 : at + 8]
        at += 12 + length
        if at > len(untrusted):
            return None
        if kind == b"IEND":
            return at
    return None


def _table_bytes(flags: bytes) -> int:
    return 3 * 2 ** ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0
