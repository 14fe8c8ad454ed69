"""Single compressed files: gzip, bzip2, xz and zstd, in steps of bounded size."""

import bz2
import lzma
import zlib
from typing import Final, Protocol

from backports import zstd

from matcher.containers.contents import Read
from matcher.containers.kinds import Container

_MEMORY_BYTES: Final = 128 * 2**20
_WINDOW_LOG: Final = 27
"""The window of zstd: 128 MiB."""
_STREAMS_MOST: Final = 1_024


class _Decoder(Protocol):
    """One compressed stream. Streams may follow one another in a file."""

    @property
    def eof(self) -> bool:
        """True at the end of the stream."""
        ...

    @property
    def unused_data(self) -> bytes:
        """Bytes after the end of the stream."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most `max_length` further bytes."""
        ...


class _Gzip:
    """zlib's decoder with the interface of the others."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        """True at the end of the stream."""
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        """Bytes after the end of the stream."""
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most `max_length` further bytes."""
        return self._inflater.decompress(self._inflater.unconsumed_tail + data, max_length)


def _decoder(kind: Container) -> _Decoder:
    if kind is Container.GZIP:
        return _Gzip()
    if kind is Container.BZIP2:
        return bz2.BZ2Decompressor()
    if kind is Container.XZ:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY_BYTES)
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})


def decompressing(kind: Container, untrusted: bytes) -> Read:
    """Return a reader of the decompressed bytes. It raises if the bytes are invalid or truncated."""
    decoder, waiting, streams = _decoder(kind), untrusted, 1

    def read(most: int) -> bytes:
        nonlocal decoder, waiting, streams
        while True:
            if decoder.eof:
                rest = decoder.unused_data
                if not rest.strip(b"\0"):
                    return b""
                if streams >= _STREAMS_MOST:
                    raise EOFError
                decoder, waiting, streams = _decoder(kind), rest, streams + 1
            given, waiting = waiting, b""
            piece = decoder.decompress(given, most)
            if piece:
                return piece
            if not decoder.eof:
                raise EOFError

    return read
