"""Libraries that undo one content coding each, in steps of bounded size: zlib, brotli, zstd behind one protocol.

gzip (RFC 1952), deflate (RFC 1950, and the bare RFC 1951 that some servers send), br (RFC 7932), zstd (RFC 8878). Bytes
after the end of a compressed stream are ignored, as in browsers; zstd frames may follow one another. Brotli's library
alone raises if bytes follow within the piece that holds the end; such a body is refused, with that cause.
"""

import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Protocol

import brotli
from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

_GZIP: Final = 16 + zlib.MAX_WBITS
_ZLIB: Final = zlib.MAX_WBITS
_BARE: Final = -zlib.MAX_WBITS
_DEFLATE_METHOD: Final = 8
_ZSTD_WINDOW_LOG: Final = 23
"""RFC 9659: 8 MiB. Without a limit, a header of a few bytes may demand 128 MiB."""
FRAMES_MOST: Final = 1_024
"""zstd frames, one behind the other; each costs a new decoder, however small it is."""

ERRORS: Final = (zlib.error, brotli.error, ZstdError, EOFError)
"""Errors that the libraries raise for bytes that do not follow their coding."""


class Decompressor(Protocol):
    """One compressed stream under way."""

    whole: bool
    """True once the stream's own end was seen. Later bytes are accepted and ignored."""
    hungry: bool
    """True if no output is left without more coded bytes. Otherwise call `more` again, with none."""

    def more(self, untrusted: bytes, most: int) -> bytes:
        """Return some decoded bytes, about `most` at most. Raise one of `ERRORS`."""
        ...


class _Inflate:
    """gzip, zlib's form, or the bare form: by `window_bits`."""

    def __init__(self, window_bits: int) -> None:
        self._inflater = zlib.decompressobj(window_bits)
        self._tail = b""
        self.whole = False
        self.hungry = True

    def more(self, untrusted: bytes, most: int) -> bytes:
        """Implement the protocol."""
        if self.whole:
            return b""
        piece = self._inflater.decompress(self._tail + untrusted, most)
        self._tail = self._inflater.unconsumed_tail
        self.whole = self._inflater.eof
        self.hungry = self.whole or (not self._tail and len(piece) < most)
        return piece


class _Deflate:
    """Either form of `deflate`, told apart by the first byte."""

    def __init__(self) -> None:
        self._inflate: _Inflate | None = None
        self.whole = False
        self.hungry = True

    def more(self, untrusted: bytes, most: int) -> bytes:
        """Implement the protocol."""
        if self._inflate is None:
            if not untrusted:
                return b""
            self._inflate = _Inflate(_ZLIB if _looks_like_zlib(untrusted) else _BARE)
        piece = self._inflate.more(untrusted, most)
        self.whole, self.hungry = self._inflate.whole, self._inflate.hungry
        return piece


class _Brotli:
    def __init__(self) -> None:
        self._decoder = brotli.Decompressor()
        self.whole = False
        self.hungry = True

    def more(self, untrusted: bytes, most: int) -> bytes:
        """Implement the protocol; a piece may exceed `most` by half."""
        if self.whole:
            return b""
        piece: bytes = self._decoder.process(untrusted, output_buffer_limit=most)
        self.whole = self._decoder.is_finished()
        self.hungry = self.whole or (self._decoder.can_accept_more_data() and len(piece) < most)
        return piece


class _Zstd:
    """Frame after frame. What follows the first whole one and is no frame is ignored."""

    def __init__(self) -> None:
        self._frame = _zstd_frame()
        self._frames = 1
        self._over = False
        self.whole = False
        self.hungry = True

    def more(self, untrusted: bytes, most: int) -> bytes:
        """Implement the protocol."""
        if self._over:
            return b""
        if self._frame.eof:
            untrusted = self._frame.unused_data + untrusted
            if not untrusted:
                return b""
            self._next_frame()
        try:
            piece = self._frame.decompress(untrusted, most)
        except ZstdError:
            if self._frames == 1:
                raise
            self._over = self.whole = self.hungry = True
            return b""
        self.whole = self._frame.eof and not self._frame.unused_data
        self.hungry = not self._frame.unused_data if self._frame.eof else self._frame.needs_input
        return piece

    def _next_frame(self) -> None:
        if self._frames == FRAMES_MOST:
            raise EOFError
        self._frames += 1
        self._frame = _zstd_frame()


def _zstd_frame() -> ZstdDecompressor:
    return ZstdDecompressor(options={DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})


def _looks_like_zlib(untrusted: bytes) -> bool:
    """Return True if the first byte's low four bits name the method (RFC 1950). Bare streams have no other mark."""
    return untrusted[0] & 0x0F == _DEFLATE_METHOD


DECOMPRESSORS: Final[Mapping[str, Callable[[], Decompressor]]] = MappingProxyType(
    {
        "gzip": lambda: _Inflate(_GZIP),
        "x-gzip": lambda: _Inflate(_GZIP),
        "deflate": _Deflate,
        "br": _Brotli,
        "zstd": _Zstd,
    }
)
"""By the names of RFC 9110, section 8.4.1, and RFC 7932 and 8878."""
