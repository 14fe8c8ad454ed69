"""Content codings, decoded piece by piece and never beyond a bound: a bomb costs its bound and no more.

gzip (RFC 1952) and deflate (RFC 1950, and the bare RFC 1951 that some servers send), one within another. What follows
the end of a compressed stream is ignored, as browsers do.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

_PIECE_BYTES: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB: Final = zlib.MAX_WBITS
_BARE: Final = -zlib.MAX_WBITS
_DEFLATE_METHOD: Final = 8


class TooLarge(Exception):  # noqa: N818 - a bound that was reached, told apart from what is broken
    """More decoded bytes than the bound. Holds no bytes."""


class Undecodable(Exception):  # noqa: N818 - as above
    """Not what its coding says. Holds no bytes."""


class _Inflate:
    """One layer of gzip or deflate. `most_bytes` bounds all that it ever yields."""

    def __init__(self, coding: str, most_bytes: int) -> None:
        self._left = most_bytes
        self._gzip = coding != "deflate"
        self._inflater = zlib.decompressobj(_GZIP) if self._gzip else None

    def feed(self, untrusted: bytes) -> Iterator[bytes]:
        """The decoded pieces of some more coded bytes, each at most 64 KiB. Raises TooLarge, Undecodable."""
        if self._inflater is None and untrusted:
            self._inflater = zlib.decompressobj(_ZLIB if _looks_like_zlib(untrusted) else _BARE)
        while untrusted and self._inflater is not None and not self._inflater.eof:
            try:
                piece = self._inflater.decompress(untrusted, _PIECE_BYTES)
            except zlib.error:
                raise Undecodable from None
            untrusted = self._inflater.unconsumed_tail
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge
            if piece:
                yield piece
            elif not untrusted:
                return

    @property
    def whole(self) -> bool:
        """Whether the stream's own end was seen."""
        return self._inflater is not None and self._inflater.eof


class Decoder:
    """All layers of a body, outermost first. Without codings it only bounds."""

    def __init__(self, codings: Sequence[str], most_bytes: int) -> None:
        self._layers = [_Inflate(coding, most_bytes) for coding in reversed(codings)]
        self._left = most_bytes

    def feed(self, untrusted: bytes) -> Iterator[bytes]:
        """The decoded pieces of some more bytes of the body. Raises TooLarge, Undecodable."""
        pieces: Iterator[bytes] = iter((untrusted,))
        for layer in self._layers:
            pieces = _through(layer, pieces)
        for piece in pieces:
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge
            yield piece

    @property
    def whole(self) -> bool:
        """Whether each layer's own end was seen."""
        return all(layer.whole for layer in self._layers)


def _through(layer: _Inflate, pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield from layer.feed(piece)


def _looks_like_zlib(untrusted: bytes) -> bool:
    """RFC 1950: the method in the low four bits of the first byte. A bare stream can only be told apart by this."""
    return untrusted[0] & 0x0F == _DEFLATE_METHOD
