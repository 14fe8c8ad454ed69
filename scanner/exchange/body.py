"""HTTP bodies: strict framing, bounded memory, and an end that is proven or not.

Rules:
- A body that is cut, or whose chunks break off, is kept as far as it arrived and marked incomplete. Browsers show such
  pictures, so dropping them would be a way to hide one.
- A body is complete only if its announced length or its last chunk arrived, and each coding's end was seen.
- No exception of this module holds a byte of the body.

Source: RFC 9112, sections 6 and 7.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from io import BytesIO
from typing import Final, Protocol

from scanner.exchange.coding import Decoder, TooLarge
from scanner.exchange.framing import Framing
from scanner.exchange.meter import Ended

_READ_BYTES: Final = 64 * 1024
_LINE_BYTES: Final = 8 * 1024
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_BLANK: Final = frozenset({b"\r\n", b"\n"})

_Take = Callable[[bytes], None]


class BufferedConnection(Protocol):
    """The connection, buffered, behind the head."""

    def read1(self, size: int, /) -> bytes:
        """Return up to `size` bytes as soon as any arrive; none at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """Return a line with its end, at most `size` bytes of it; none at the end."""
        ...


class NotChunked(Exception):  # noqa: N818 - the peer's error, not ours
    """Not even the first chunk has a size. Holds no bytes."""


class _End(Enum):
    CUT = "the connection ended, or the framing broke, before the body's end was proven"
    WHOLE = "the end is proven, but the connection is of no further use"
    CLEAN = "the end is proven, and the next answer may follow"


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """A decoded body. `complete`: its end is proven. `reusable`: the next response may follow on the connection."""

    untrusted: bytes = field(repr=False)
    complete: bool
    reusable: bool


def read_body(stream: BufferedConnection, framing: Framing, decoder: Decoder, *, endless: bool = False) -> DecodedBody:
    """Read and decode a body. Raise TooLarge, Undecodable, NotChunked, or Ended if the meter ends the exchange.

    An `endless` body (a stream of pictures) is kept as far as our limits allow.
    """
    decoded = BytesIO()  # hands its bytes over without a second copy of them

    def take(untrusted: bytes) -> None:
        for piece in decoder.feed(untrusted):
            decoded.write(piece)

    try:
        end = _chunks(stream, take) if framing.chunked else _plain(stream, framing.length, take)
    except (Ended, TooLarge):
        if not endless or not decoded.tell():
            raise
        end = _End.CUT
    complete = end is not _End.CUT and (decoder.whole or not decoded.tell())
    return DecodedBody(decoded.getvalue(), complete, reusable=end is _End.CLEAN)


def _plain(stream: BufferedConnection, length: int | None, take: _Take) -> _End:
    """Yield a body of `length` bytes, or one that lasts until the connection ends (None), which proves nothing."""
    left = _READ_BYTES if length is None else length
    while left > 0:
        piece = _unless_broken(stream.read1, min(left, _READ_BYTES))
        if not piece:
            return _End.CUT
        take(piece)
        left -= 0 if length is None else len(piece)
    return _End.CLEAN


def _chunks(stream: BufferedConnection, take: _Take) -> _End:
    first = _line(stream)
    size = _chunk_size(first)
    if size is None and (first.endswith(b"\n") or len(first) == _LINE_BYTES):
        raise NotChunked
    while size:
        if _plain(stream, size, take) is _End.CUT or _line(stream) not in _BLANK:
            return _End.CUT
        size = _chunk_size(_line(stream))
    return _End.CUT if size is None else _behind_the_last_chunk(stream)


def _behind_the_last_chunk(stream: BufferedConnection) -> _End:
    """Leave trailers unread: the body is whole without them, and an endless row of them holds up nothing."""
    try:
        return _End.CLEAN if _line(stream) in _BLANK else _End.WHOLE
    except Ended:
        return _End.WHOLE


def _chunk_size(untrusted_line: bytes) -> int | None:
    size = _CHUNK_SIZE.fullmatch(untrusted_line)
    return int(size[1], 16) if size else None


def _line(stream: BufferedConnection) -> bytes:
    return _unless_broken(stream.readline, _LINE_BYTES)


def _unless_broken(read: Callable[[int], bytes], size: int) -> bytes:
    """End the body where the connection breaks; let our own limits end the exchange."""
    try:
        return read(size)
    except Ended:
        raise
    except OSError:
        return b""
