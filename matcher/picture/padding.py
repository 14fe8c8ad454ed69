"""Truncated files, filled up with zeros to the length that they declare.

Some decoders refuse an incomplete file, and the part that arrived would be lost. Zeros in place of the missing part
decode to flat or empty areas, and the part before them decodes as it was. The outcome is at most "truncated: hashed as
far as it goes".
"""

from collections.abc import Iterator

from matcher.picture.media_types import MediaType
from matcher.picture.svg import Untrusted

_BOX_HEAD, _LARGE_BOX_HEAD = 8, 16
_MOST_BOXES = 10_000
_FILLINGS = tuple((less, filling) for less in (0, 16, 64, 256) for filling in (b"\0", b"\xff"))
_START_OF_TILE, _END_OF_CODESTREAM = b"\xff\x90\x00\x0a", b"\xff\xd9"
_TILE_LENGTH = slice(6, 10)


def completed(untrusted_picture: Untrusted, media_type: MediaType, most_bytes: int) -> Iterator[Untrusted]:
    """Yield the file at its declared length, up to `most_bytes`; unchanged if it is whole or declares no length.

    An AVIF may not decode with zeros after the cut, but with ones, or with a little less before the cut. Each way
    decodes four files of five, and all together nearly every one (measured).
    """
    wanted = _declared_bytes(untrusted_picture, media_type)
    if not len(untrusted_picture) < wanted <= most_bytes:
        yield untrusted_picture
        return
    ending = _END_OF_CODESTREAM if media_type is MediaType.JPEG_2000 else b""
    for less, filling in _FILLINGS if media_type is MediaType.AVIF else _FILLINGS[:1]:
        kept = bytes(untrusted_picture[: max(len(untrusted_picture) - less, 0)])
        yield kept + filling * (wanted - len(kept)) + ending


def _declared_bytes(untrusted_picture: Untrusted, media_type: MediaType) -> int:
    """Return the length that the file declares; 0 if it declares none."""
    if media_type is MediaType.WEBP:
        return 8 + int.from_bytes(untrusted_picture[4:8], "little")
    if media_type in {MediaType.AVIF, MediaType.HEIC}:
        return _end_of_boxes(untrusted_picture)
    return _end_of_tile(untrusted_picture) if media_type is MediaType.JPEG_2000 else 0


def _end_of_boxes(untrusted_file: Untrusted) -> int:
    """Return the end of the last box (ISO/IEC 14496-12, 4.2); 0 if a box runs to the end of the file."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at + _BOX_HEAD > len(untrusted_file):
            break
        size = int.from_bytes(untrusted_file[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(untrusted_file[at + _BOX_HEAD : at + _LARGE_BOX_HEAD], "big")
        if size < _BOX_HEAD:
            return 0
        at += size
    return at


def _end_of_tile(untrusted_codestream: Untrusted) -> int:
    """Return the end of the last tile part (ISO/IEC 15444-1, A.4.2); 0 if there is none or it has no length."""
    at = untrusted_codestream.rfind(_START_OF_TILE)
    length = int.from_bytes(untrusted_codestream[at:][_TILE_LENGTH], "big") if at >= 0 else 0
    return at + length if length else 0
