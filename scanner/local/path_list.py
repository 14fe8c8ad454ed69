"""Paths from another program, each ended by a zero byte (`find -print0`), which no path can hold."""

from collections.abc import Iterator
from typing import Final, Protocol

_CHUNK_BYTES: Final = 2**16
_MOST_BYTES: Final = 2**16
"""More than any system accepts for a path: a path that is cut here cannot be opened, and is reported."""


class ByteStream(Protocol):
    """A stream that returns bytes as they arrive."""

    def read1(self, size: int, /) -> bytes:
        """Return at most `size` bytes, as soon as there are some; empty at the end."""
        ...


def separated(untrusted_list: ByteStream) -> Iterator[bytes]:
    """Yield each path as it arrives; the last may lack its zero byte."""
    rest = b""
    while chunk := untrusted_list.read1(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
        rest = rest[:_MOST_BYTES]
    if rest:
        yield rest
