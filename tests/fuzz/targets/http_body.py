"""An answer's framing and body, by the pure functions: what is decoded never exceeds its bound.

Up to the first blank line stand the status, Content-Length, Transfer-Encoding and Content-Encoding, each on its line.
"""

import gzip
from io import BytesIO

from scanner.exchange.body import NotChunked, read_body
from scanner.exchange.coding import Decoder, TooLarge, Undecodable
from scanner.exchange.failure import FailureCause
from scanner.exchange.framing import framing

MOST_BYTES = 2**18


class _Stream(BytesIO):
    """Gives at most seven bytes at once, as a slow connection does."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(min(size, 7) if size and size > 0 else 7)


def seeds() -> list[bytes]:
    zipped = gzip.compress(b"<html>" * 20, mtime=0)
    twice = gzip.compress(zipped, mtime=0)
    return [
        b"200\n%d\n\n\n\n" % len(zipped) + zipped,
        b"200\n%d\n\ngzip\n\n" % len(zipped) + zipped,
        b"200\n\nchunked\ngzip, gzip\n\n%x\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (len(twice), twice),
        b"200\n\n\ndeflate\n\nx",
        b"200\n\n\nbr\n\n\x0b\x02\x80abc\x03",
        b"200\n\n\nzstd\n\n\x28\xb5\x2f\xfd\x20\x03\x19\0\0abc",
        b"304\n5, 5\n\n\n\nabcde",
    ]


def check(untrusted: bytes) -> None:
    head, _, body = untrusted.partition(b"\n\n")
    status, length, transfer, content, *_ = (*head.decode("latin-1").split("\n"), "", "", "", "")
    values = [[value] if value else [] for value in (length, transfer, content)]
    told = framing(int(status) if status.isascii() and status.isdigit() and len(status) < 4 else 200, *values)
    if isinstance(told, FailureCause):
        return
    try:
        found = read_body(_Stream(body), told, Decoder(told.codings, MOST_BYTES))
    except (TooLarge, Undecodable, NotChunked):
        return
    assert len(found.untrusted) <= MOST_BYTES
    assert found.complete or not found.reusable


REGRESSIONS: list[bytes] = []
