"""Pictures embedded in the bytes of another file, found by their first bytes, as forensic tools do.

The end of a picture is found by its structure. Where that is damaged, the picture extends to the next beginning or to
the end of the file. Linear in time: what lies within a carved picture is not searched again.
"""

from collections.abc import Iterator
from typing import Final

from matcher.containers.kinds import SIGNATURES

CARVED_MOST: Final = 500
_LEAST_BYTES: Final = 40
_JPEG_MARKERS_MOST: Final = 10_000
_PNG_CHUNKS_MOST: Final = 100_000


def carved(untrusted: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes of each picture after the first byte."""
    at, count = 1, 0
    while count < CARVED_MOST and (found := SIGNATURES.search(untrusted, at)):
        start = found.start()
        end = _end(untrusted, start)
        if end is None:
            following = SIGNATURES.search(untrusted, found.end())
            end = following.start() if following else len(untrusted)
        if end - start >= _LEAST_BYTES:
            yield start, untrusted[start:end]
            count += 1
        at = max(end, start + 1)


def _end(untrusted: bytes, start: int) -> int | None:
    """Return the end of the picture at `start`; None if its structure does not show one."""
    match untrusted[start]:
        case 0xFF:
            return _jpeg_end(untrusted, start)
        case 0x89:
            return _png_end(untrusted, start)
        case 0x52:
            end = start + 8 + int.from_bytes(untrusted[start + 4 : start + 8], "little")
            return end if end <= len(untrusted) else None
        case _:
            return _gif_end(untrusted, start)


def _jpeg_end(untrusted: bytes, start: int) -> int | None:
    """Return the end after the EOI marker. Segments are skipped by length: a thumbnail in one does not end it."""
    at = start + 2
    for _ in range(_JPEG_MARKERS_MOST):
        at = untrusted.find(b"\xff", at)
        if at < 0 or at + 1 >= len(untrusted):
            return None
        marker = untrusted[at + 1]
        if marker == 0xD9:  # noqa: PLR2004 - EOI
            return at + 2
        has_length = 0xC0 <= marker <= 0xFE and not 0xD0 <= marker <= 0xD8  # noqa: PLR2004 - markers with a segment
        at += 2 + int.from_bytes(untrusted[at + 2 : at + 4], "big") if has_length else 1 if marker == 0xFF else 2  # noqa: PLR2004 - fill bytes
    return None


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


def _gif_end(untrusted: bytes, start: int) -> int | None:
    """Return the end after the trailer, past the blocks of all frames."""
    if start + 13 > len(untrusted):
        return None
    at = start + 13 + _table_bytes(untrusted[start + 10])
    while at < len(untrusted):
        introducer = untrusted[at]
        if introducer == 0x3B:  # noqa: PLR2004 - trailer
            return at + 1
        if introducer == 0x21:  # noqa: PLR2004 - extension
            at += 2
        elif introducer == 0x2C and at + 10 < len(untrusted):  # noqa: PLR2004 - image
            at += 11 + _table_bytes(untrusted[at + 9])
        else:
            return None
        while at < len(untrusted) and untrusted[at]:
            at += 1 + untrusted[at]
        at += 1
    return None


def _table_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
