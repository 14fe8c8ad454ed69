"""Files cut short, filled up with zeros to the length that they declare themselves.

Some decoders take nothing that is incomplete: what is there of the picture would be lost with what is missing. Zeros in
the place of what is missing decode to flat or empty parts, and what came before them to what it was. The outcome is
never more than "truncated: hashed as far as it goes".
"""

from matcher.media_types import MediaType
from matcher.svg import Untrusted

_BOX_HEAD, _LARGE_BOX_HEAD = 8, 16
_MOST_BOXES = 10_000
_START_OF_TILE, _END_OF_CODESTREAM = b"\xff\x90\x00\x0a", b"\xff\xd9"
_TILE_LENGTH = slice(6, 10)


def completed(untrusted_picture: Untrusted, media_type: MediaType, most_bytes: int) -> bytes | None:
    """The file at its declared length, of at most `most_bytes`; None for one that is whole, or says nothing of it."""
    if media_type is MediaType.WEBP:
        wanted = 8 + int.from_bytes(untrusted_picture[4:8], "little")
    elif media_type in {MediaType.AVIF, MediaType.HEIC}:
        wanted = _end_of_boxes(untrusted_picture)
    elif media_type is MediaType.JPEG_2000:
        wanted = _end_of_tile(untrusted_picture)
    else:
        return None
    missing = wanted - len(untrusted_picture)
    if missing <= 0 or wanted > most_bytes:
        return None
    ending = _END_OF_CODESTREAM if media_type is MediaType.JPEG_2000 else b""
    return bytes(untrusted_picture) + bytes(missing) + ending


def _end_of_boxes(untrusted_file: Untrusted) -> int:
    """Where the last box ends (ISO/IEC 14496-12, 4.2); 0 where a box runs to the end of the file."""
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
    """Where the last part of a tile ends (ISO/IEC 15444-1, A.4.2); 0 where there is none, or it names no length."""
    at = untrusted_codestream.rfind(_START_OF_TILE)
    length = int.from_bytes(untrusted_codestream[at:][_TILE_LENGTH], "big") if at >= 0 else 0
    return at + length if length else 0
