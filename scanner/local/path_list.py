"""Paths that another program lists, each ended by a zero byte (`find -print0`): the one byte that no path can hold."""

from collections.abc import Iterator
from typing import Final, Protocol

_CHUNK_BYTES: Final = 2**16
_MOST_BYTES: Final = 2**16
"""More than any system takes for a path: what is cut here cannot be opened, and is reported so."""


class ByteStream(Protocol):
    """Bytes that come as they come."""

    def read1(self, size: int, /) -> bytes:
        """At most `size` bytes, as soon as there are some; empty at the end."""
        ...


def separated(untrusted_list: ByteStream) -> Iterator[bytes]:
    """Each path, as soon as it is there; the last one may lack its zero byte."""
    rest = b""
    while chunk := untrusted_list.read1(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
        rest = rest[:_MOST_BYTES]
    if rest:
        yield rest
