"""Rasters embedded in an SVG drawing as `data:` addresses.

The drawing itself is not rendered, so an SVG never ends as `no match`; but a photograph wrapped in one is found. No XML
is parsed: the bytes are searched for `data:image/` in linear time, and the data that follows is sniffed like a picture.
"""

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

Untrusted = bytes | bytearray
"""A picture's bytes as received."""

_HEAD_BYTES = 4096
_MAX_HEADER_BYTES = 200
_PROLOGUE = re.compile(
    rb"(?>\s|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!DOCTYPE[^>\[]*(?>\[[^\]]*\])?[^>]*>)*+<(?>[a-z]+:)?svg[\s>]", re.DOTALL
)
"""White space, declarations, comments, then the root. Atomic throughout: hostile bytes cannot make it backtrack."""
_END = re.compile(rb"[\"'<>)]")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_ENTITY = re.compile(rb"&#(x[0-9a-fA-F]{1,6}|[0-9]{1,7});")


def is_svg(untrusted_picture: Untrusted) -> bool:
    """Return True if the bytes begin like an SVG document, in UTF-8 or UTF-16."""
    return _PROLOGUE.match(_text(untrusted_picture[:_HEAD_BYTES])) is not None


def embedded(untrusted_picture: Untrusted) -> Iterator[bytes]:
    """Yield each embedded raster's bytes, in the order of the file."""
    text = _text(untrusted_picture)
    at = 0
    while (at := text.find(b"data:image/", at)) >= 0:
        comma = text.find(b",", at, at + _MAX_HEADER_BYTES)
        end = _END.search(text, max(comma, at))
        if comma >= 0:
            yield _decoded(text[at:comma], text[comma + 1 : end.start() if end else len(text)])
        at += 1 if comma < 0 else comma - at


def _decoded(header: bytes, payload: bytes) -> bytes:
    plain = unquote_to_bytes(_ENTITY.sub(_character, payload))
    if b"base64" not in header.lower():
        return plain
    digits = _NOT_BASE64.sub(b"", plain)
    usable = len(digits) - (1 if len(digits) % 4 == 1 else 0)
    return base64.b64decode(digits[:usable] + b"=" * (-usable % 4))


def _character(entity: re.Match[bytes]) -> bytes:
    code = int(entity[1][1:], 16) if entity[1].startswith(b"x") else int(entity[1])
    return bytes([code]) if code < 128 else b""  # noqa: PLR2004 - base 64 is ASCII


def _text(untrusted: Untrusted) -> bytes:
    """Return the bytes in an encoding in which ASCII is ASCII, without a byte order mark."""
    if untrusted.startswith((b"\xff\xfe", b"\xfe\xff")):
        return untrusted.decode("utf-16", "replace").encode("utf-8", "replace")
    return bytes(untrusted.removeprefix(b"\xef\xbb\xbf"))
