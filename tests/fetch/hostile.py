"""A hostile HTTP server: each thing that it may do, and what must come of it.

The tests and `benchmarks/robustness_http.py` hold the same table against the same fetcher, in a process whose memory is
measured (`measured.py`). Bombs are made here; none is kept in the repository.
"""

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from socket import socket
from threading import Event

import brotli
from backports import zstd

from config.settings import Fetch
from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Budget
from tests.fetch.permits import OTHER, SITE, UNLISTED
from tests.simulators.socks import Script, drips, keeps_saying, says

BUDGET = Budget(20.0, Fetch().picture_bytes_max)
HASTE = Budget(2.0, Fetch().picture_bytes_max)
"""Time enough for the way to a site, also on a machine that is busy."""
SHORT, WHOLE = 2**28, 2**30
"""What a bomb unpacks to: in the tests (eight times the budget), and as it was measured in the field."""
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MEBIBYTE = bytes(2**20)
RAW_BLOCK = bytes(2**16)
PICTURE = b"\xff\xd8\xff\xe0 bytes of a picture"


@dataclass(frozen=True)
class Case:
    """What the server does, and the cause that the exchange (or the chain of them) must end with; None: an answer."""

    script: Script
    expected: FailureCause | None
    budget: Budget = BUDGET


def cases(hurry: Event, bomb_bytes: int) -> dict[str, Case]:
    """The whole table. `hurry` ends the drips; bombs unpack to `bomb_bytes`, gzip in gzip to ten times as much."""
    return {
        **{name: Case(says(*parts), cause) for name, (parts, cause) in _refused().items()},
        **{name: Case(keeps_saying(*parts), cause) for name, (parts, cause) in _endless().items()},
        **{
            name: Case(drips(b"0", hurry, 0.05, *first), FailureCause.DEADLINE, HASTE) for name, first in _DRIPS.items()
        },
        **{name: Case(bomb, FailureCause.TOO_LARGE) for name, bomb in _bombs(bomb_bytes)},
        **{name: Case(says(_to(location)), cause) for name, (location, cause) in _REDIRECTS.items()},
        "ordinary, 16 MiB (the control)": Case(says(with_length(OK, bytes(2**24))), None),
    }


def with_length(head: bytes, body: bytes) -> bytes:
    """An answer whose length is told."""
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def coded(coding: str, body: bytes) -> bytes:
    """An answer of this content coding."""
    return with_length(OK + b"Content-Encoding: %b\r\n" % coding.encode(), body)


def gzip_bomb(size: int) -> bytes:
    """Zeros in gzip: one block again and again, each of a mebibyte and without memory of the one before."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(MEBIBYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08" + bytes(6) + b"\x03" + block * (size // 2**20)


def brotli_bomb(size: int) -> bytes:
    """Zeros in brotli, with its largest window."""
    packer = brotli.Compressor(quality=5, lgwin=24)
    return b"".join(packer.process(bytes(2**24)) for _ in range(size // 2**24)) + bytes(packer.finish())


def zstd_bomb(size: int) -> bytes:
    """Zeros in zstd, with the largest window that browsers take."""
    packer = zstd.ZstdCompressor(options={int(zstd.CompressionParameter.window_log): 23})
    return b"".join(packer.compress(bytes(2**24)) for _ in range(size // 2**24)) + packer.flush()


def zstd_of_raw_blocks(size: int) -> bytes:
    """Zeros in zstd, as long as they are plain, with the largest window. Source: RFC 8878, 3.1.1."""
    head = b"\x28\xb5\x2f\xfd\x00" + bytes([(23 - 10) << 3])
    block = (len(RAW_BLOCK) << 3).to_bytes(3, "little") + RAW_BLOCK
    return head + block * (size // len(RAW_BLOCK))


def _bombs(size: int) -> Iterator[tuple[str, Script]]:
    """Each is made when it is sent, once."""
    makers: Mapping[str, tuple[str, Callable[[], bytes]]] = {
        "gzip bomb": ("gzip", lambda: gzip_bomb(size)),
        "brotli bomb": ("br", lambda: brotli_bomb(size)),
        "zstd bomb": ("zstd", lambda: zstd_bomb(size)),
        "gzip in gzip, ten times as large": ("gzip, gzip", lambda: gzip.compress(gzip_bomb(10 * size), 9)),
        "gzip in gzip in gzip": ("gzip, gzip, gzip", lambda: gzip.compress(gzip.compress(gzip_bomb(size), 9), 9)),
        "gzip in zstd in brotli": ("gzip, zstd, br", lambda: brotli.compress(zstd.compress(gzip_bomb(size)))),
        "zstd in brotli, both windows full": (
            "zstd, br",
            lambda: brotli.compress(zstd_of_raw_blocks(36 * 2**20), quality=5),
        ),
    }
    for name, (coding, make) in makers.items():
        yield name, _sends(coding, cache(make))


def _sends(coding: str, make: Callable[[], bytes]) -> Script:
    def script(connection: socket) -> None:
        says(coded(coding, make()))(connection)

    return script


def _endless() -> dict[str, tuple[tuple[bytes, ...], FailureCause | None]]:
    """What is said without end, what is said before it, and what must come of it."""
    hint, lines = b"HTTP/1.1 100 Continue\r\n\r\n" * 100, b"A: b\r\n" * 100
    small = (b"200\r\n" + b"x" * 512 + b"\r\n") * 64
    last = b"5\r\nhello\r\n0\r\n"
    return {
        "endless body": ((MEBIBYTE, OK + b"\r\n"), FailureCause.TOO_LARGE),
        "endless body with a false length": (
            (MEBIBYTE, OK + b"Content-Length: 99999999999\r\n\r\n"),
            FailureCause.TOO_LARGE,
        ),
        "redirect with endless body": (
            (MEBIBYTE, b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n"),
            FailureCause.REDIRECT_LOOP,
        ),
        "huge chunk": ((MEBIBYTE, CHUNKED, b"fffffffff\r\n"), FailureCause.TOO_LARGE),
        "endless small chunks": ((small, CHUNKED), FailureCause.TOO_LARGE),
        "endless chunk size": ((b"0" * 4096, CHUNKED), FailureCause.MALFORMED_REPLY),
        "endless chunk extension": ((b"x" * 4096, CHUNKED, b"5;"), FailureCause.MALFORMED_REPLY),
        "endless 100-continue": ((hint,), FailureCause.TOO_MANY_HEADERS),
        "endless headers of 100-continue": ((lines, b"HTTP/1.1 100 C\r\n"), FailureCause.TOO_MANY_HEADERS),
        "endless headers": ((lines, OK), FailureCause.TOO_MANY_HEADERS),
        "endless header": ((b"a" * 4096, OK, b"A: "), FailureCause.TOO_MANY_HEADERS),
        "endless status line": ((b"a" * 4096, b"HTTP/1.1 200 "), FailureCause.TOO_MANY_HEADERS),
        "endless trailers": ((b"Trailer: x\r\n" * 4096, CHUNKED, last), None),
        "endless bytes behind the last chunk": ((b"garbage" * 4096, CHUNKED, last), None),
        "endless empty gzip blocks": (
            (b"\x00\x00\x00\xff\xff" * 10_000, OK + b"Content-Encoding: deflate\r\n\r\n", b"\x78\x01"),
            FailureCause.TOO_LARGE,
        ),
        "endless empty zstd frames": (
            (b"\x28\xb5\x2f\xfd\x20\x00\x01\x00\x00" * 5_000, OK + b"Content-Encoding: zstd\r\n\r\n"),
            FailureCause.MALFORMED_REPLY,
        ),
    }


def _refused() -> dict[str, tuple[tuple[bytes, ...], FailureCause]]:
    """What is said once, and what must come of it."""
    long_headers = [b"A%d: " % number + b"x" * 60_000 + b"\r\n" for number in range(95)]
    cookies = [b"Set-Cookie: a%d=" % number + b"x" * 3_000 + b"\r\n" for number in range(90)]
    four = gzip.compress(gzip.compress(gzip.compress(gzip.compress(PICTURE))))
    length = OK + b"Content-Length: "
    return {
        "95 headers of 60 KB": ((OK, *long_headers, b"\r\n"), FailureCause.TOO_MANY_HEADERS),
        "90 cookies of 3 KB": ((OK, *cookies, b"\r\n"), FailureCause.TOO_MANY_HEADERS),
        "four codings": ((coded("gzip, gzip, gzip, gzip", four),), FailureCause.MALFORMED_REPLY),
        "brotli in brotli": (
            (coded("br, br", brotli.compress(brotli.compress(PICTURE))),),
            FailureCause.MALFORMED_REPLY,
        ),
        "zstd in zstd": ((coded("zstd, zstd", zstd.compress(zstd.compress(PICTURE))),), FailureCause.MALFORMED_REPLY),
        "a coding that nobody knows": ((coded("zip", PICTURE),), FailureCause.MALFORMED_REPLY),
        **{
            f"{name} that is none": ((coded(name, PICTURE),), FailureCause.MALFORMED_REPLY)
            for name in ("gzip", "br", "zstd")
        },
        "negative length": ((length + b"-5\r\n\r\nhello",), FailureCause.MALFORMED_REPLY),
        "length in words": ((length + b"five\r\n\r\nhello",), FailureCause.MALFORMED_REPLY),
        "two lengths": ((length + b"5\r\nContent-Length: 6\r\n\r\nhello!",), FailureCause.MALFORMED_REPLY),
        "two lengths in one line": ((length + b"5, 6\r\n\r\nhello!",), FailureCause.MALFORMED_REPLY),
        "length with chunks": (
            (length + b"5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",),
            FailureCause.MALFORMED_REPLY,
        ),
        "chunked twice": (
            (OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",),
            FailureCause.MALFORMED_REPLY,
        ),
        "gzip as transfer coding": (
            (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",),
            FailureCause.MALFORMED_REPLY,
        ),
        "no chunk at all": ((CHUNKED, b"hello\r\n"), FailureCause.MALFORMED_REPLY),
        "negative chunk": ((CHUNKED, b"-5\r\nhello\r\n0\r\n\r\n"), FailureCause.MALFORMED_REPLY),
        "HTTP/0.9": ((PICTURE,), FailureCause.MALFORMED_REPLY),
        "a version that is none": ((b"HTTP/9.9 200 OK\r\n\r\n",), FailureCause.MALFORMED_REPLY),
        "a status that is none": ((b"HTTP/1.1 abc OK\r\n\r\n",), FailureCause.MALFORMED_REPLY),
        "a hint and no answer": ((b"HTTP/1.1 103 Early Hints\r\n\r\n",), FailureCause.MALFORMED_REPLY),
        "nothing at all": ((), FailureCause.EMPTY_REPLY),
        "a head that ends": ((OK + b"Content-Le",), FailureCause.CUT_SHORT),
        "a body that never begins": ((length + b"5\r\n\r\n",), FailureCause.CUT_SHORT),
    }


_DRIPS: Mapping[str, tuple[bytes, ...]] = {
    "slow drip in the status line": (b"HTTP/1.1 2",),
    "slow drip in a header": (OK, b"A: "),
    "slow drip in the body": (OK + b"Content-Length: 1000\r\n\r\n",),
    "slow drip in a body without length": (OK + b"\r\n",),
    "slow drip in a chunk's size": (CHUNKED,),
    "slow drip in a chunk": (CHUNKED, b"fff\r\n"),
}
_REDIRECTS: Mapping[str, tuple[str, FailureCause]] = {
    "redirect to the clear web": ("http://example.com/", FailureCause.REDIRECT_OFF_LIST),
    "redirect to the clear web by https": ("https://example.com/", FailureCause.REDIRECT_OFF_LIST),
    "redirect to 127.0.0.1": ("http://127.0.0.1/", FailureCause.REDIRECT_OFF_LIST),
    "redirect to another onion": (f"http://{UNLISTED}/", FailureCause.REDIRECT_OFF_LIST),
    "redirect to another onion by https": (f"https://{UNLISTED}/", FailureCause.REDIRECT_OFF_LIST),
    "redirect to http://G\\@evil/": (f"http://{SITE}\\@{UNLISTED}/", FailureCause.REDIRECT_LOOP),
    "redirect to http://G@evil/": (f"http://{SITE}@{UNLISTED}/", FailureCause.REDIRECT_MALFORMED),
    "redirect to G%2eevil": (f"http://{SITE}%2e{UNLISTED}/", FailureCause.REDIRECT_MALFORMED),
    "redirect to G.evil": (f"http://{SITE}.example.com/", FailureCause.REDIRECT_OFF_LIST),
    "redirect to data:": ("data:image/jpeg;base64,/9j/4AAQ", FailureCause.REDIRECT_MALFORMED),
    "redirect to file:": ("file:///etc/passwd", FailureCause.REDIRECT_MALFORMED),
    "redirect to itself": ("/", FailureCause.REDIRECT_LOOP),
    "redirect to a listed onion that is not there": (f"http://{OTHER}/", FailureCause.NO_DESCRIPTOR),
}


def _to(location: str) -> bytes:
    return with_length(b"HTTP/1.1 302 Found\r\nLocation: " + location.encode() + b"\r\n", b"moved")
