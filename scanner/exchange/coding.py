"""Content codings, decoded piece by piece and never beyond a bound: a bomb costs its bound and no more.

One may lie within another; each layer has the bound for itself, so that a bomb which shrinks again on its way out
(gzip in gzip) is stopped where it is large.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from scanner.exchange.decompressors import DECOMPRESSORS, ERRORS

_PIECE_BYTES: Final = 64 * 1024


class TooLarge(Exception):  # noqa: N818 - a bound that was reached, told apart from what is broken
    """More decoded bytes than the bound. Holds no bytes."""


class Undecodable(Exception):  # noqa: N818 - as above
    """Bytes that do not follow their coding. Holds none of them."""


class _Layer:
    """One coding. `most_bytes` bounds all that it ever yields."""

    def __init__(self, coding: str, most_bytes: int) -> None:
        self._left = most_bytes
        self._decompressor = DECOMPRESSORS[coding]()

    def feed(self, untrusted: bytes) -> Iterator[bytes]:
        """Yield the decoded pieces of more coded bytes, each about 64 KiB at most. Raise TooLarge or Undecodable."""
        while True:
            piece = self._more(untrusted)
            untrusted = b""
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge
            if piece:
                yield piece
            if self._decompressor.hungry:
                return

    @property
    def whole(self) -> bool:
        """Whether the stream's own end was seen."""
        return self._decompressor.whole

    def _more(self, untrusted: bytes) -> bytes:
        try:
            return self._decompressor.more(untrusted, _PIECE_BYTES)
        except ERRORS:
            raise Undecodable from None


class Decoder:
    """All layers of a body, outermost first. Without codings it only bounds."""

    def __init__(self, codings: Sequence[str], most_bytes: int) -> None:
        self._layers = [_Layer(coding, most_bytes) for coding in reversed(codings)]
        self._left = most_bytes

    def feed(self, untrusted: bytes) -> Iterator[bytes]:
        """Yield the decoded pieces of more bytes of the body. Raise TooLarge or Undecodable."""
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


def _through(layer: _Layer, pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield from layer.feed(piece)
