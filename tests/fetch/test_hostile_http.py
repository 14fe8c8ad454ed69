"""Every hostile answer ends by its deadline and a second, in bounded memory, as one cause; a control is answered."""

import gzip
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from scanner.fetch.causes import Cause
from scanner.fetch.onion import OnionFetcher
from scanner.ports import Answer, Budget, Failed
from tests.fetch.permits import SITE, permit_for
from tests.simulators.socks import Script, SocksServer, drips, keeps_saying, says

BUDGET = Budget(10.0, 4 * 2**20)
HASTE = Budget(0.5, 4 * 2**20)
MEMORY_MOST = 64 * 2**20
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MEBIBYTE = bytes(2**20)


@pytest.fixture
def hurry() -> Iterator[threading.Event]:
    """Set at the end, so that no dripping service holds the test up."""
    event = threading.Event()
    yield event
    event.set()


def gzipped(times: int, size: int) -> bytes:
    """A bomb: so many bytes of nothing, packed so many times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(MEBIBYTE) for _ in range(size // 2**20)) + packer.flush()
    for _ in range(times - 1):
        body = gzip.compress(body, 9)
    return body


def with_length(head: bytes, body: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


ENDLESS: dict[str, tuple[Script, Cause]] = {
    "endless body": (keeps_saying(MEBIBYTE, OK + b"\r\n"), Cause.TOO_LARGE),
    "endless body with a false length": (
        keeps_saying(MEBIBYTE, OK + b"Content-Length: 99999999999\r\n\r\n"),
        Cause.TOO_LARGE,
    ),
    "huge chunk": (keeps_saying(MEBIBYTE, CHUNKED, b"fffffffff\r\n"), Cause.TOO_LARGE),
    "endless small chunks": (keeps_saying((b"200\r\n" + b"x" * 512 + b"\r\n") * 64, CHUNKED), Cause.TOO_LARGE),
    "endless chunk size": (keeps_saying(b"0" * 4096, CHUNKED), Cause.MALFORMED_REPLY),
    "endless chunk extension": (keeps_saying(b"x" * 4096, CHUNKED, b"5;"), Cause.MALFORMED_REPLY),
    "endless 100-continue": (keeps_saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), Cause.TOO_MANY_HEADERS),
    "endless headers of 100-continue": (keeps_saying(b"A: b\r\n" * 100, b"HTTP/1.1 100 C\r\n"), Cause.TOO_MANY_HEADERS),
    "endless headers": (keeps_saying(b"A: b\r\n" * 100, OK), Cause.TOO_MANY_HEADERS),
    "endless header": (keeps_saying(b"a" * 4096, OK, b"A: "), Cause.TOO_MANY_HEADERS),
    "endless status line": (keeps_saying(b"a" * 4096, b"HTTP/1.1 200 "), Cause.TOO_MANY_HEADERS),
    "95 headers of 60 KB": (
        says(OK, *(b"A%d: " % n + b"x" * 60_000 + b"\r\n" for n in range(95)), b"\r\n"),
        Cause.TOO_MANY_HEADERS,
    ),
    "90 cookies of 3 KB": (
        says(OK, *(b"Set-Cookie: a%d=" % n + b"x" * 3_000 + b"\r\n" for n in range(90)), b"\r\n"),
        Cause.TOO_MANY_HEADERS,
    ),
    "one gzip bomb to 1 GiB": (
        says(with_length(OK + b"Content-Encoding: gzip\r\n", gzipped(1, 2**30))),
        Cause.TOO_LARGE,
    ),
    "gzip in gzip in gzip": (
        says(with_length(OK + b"Content-Encoding: gzip, gzip, gzip\r\n", gzipped(3, 2**30))),
        Cause.TOO_LARGE,
    ),
    "four codings": (
        says(with_length(OK + b"Content-Encoding: gzip, gzip, gzip, gzip\r\n", gzipped(4, 2**20))),
        Cause.MALFORMED_REPLY,
    ),
    "brotli, not asked for": (says(with_length(OK + b"Content-Encoding: br\r\n", b"x")), Cause.MALFORMED_REPLY),
    "gzip that is none": (
        says(with_length(OK + b"Content-Encoding: gzip\r\n", b"no gzip at all")),
        Cause.MALFORMED_REPLY,
    ),
    "negative length": (says(OK + b"Content-Length: -5\r\n\r\nhello"), Cause.MALFORMED_REPLY),
    "length in words": (says(OK + b"Content-Length: five\r\n\r\nhello"), Cause.MALFORMED_REPLY),
    "two lengths": (says(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), Cause.MALFORMED_REPLY),
    "two lengths in one line": (says(OK + b"Content-Length: 5, 6\r\n\r\nhello!"), Cause.MALFORMED_REPLY),
    "length and chunks": (
        says(OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        Cause.MALFORMED_REPLY,
    ),
    "chunked twice": (says(OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), Cause.MALFORMED_REPLY),
    "gzip as transfer coding": (says(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), Cause.MALFORMED_REPLY),
    "no chunk at all": (says(CHUNKED, b"hello\r\n"), Cause.MALFORMED_REPLY),
    "negative chunk": (says(CHUNKED, b"-5\r\nhello\r\n0\r\n\r\n"), Cause.MALFORMED_REPLY),
    "HTTP/0.9": (says(b"\xff\xd8\xff\xe0 a picture without a head"), Cause.MALFORMED_REPLY),
    "a version that is none": (says(b"HTTP/9.9 200 OK\r\n\r\n"), Cause.MALFORMED_REPLY),
    "a status that is none": (says(b"HTTP/1.1 abc OK\r\n\r\n"), Cause.MALFORMED_REPLY),
    "a hint and no answer": (says(b"HTTP/1.1 103 Early Hints\r\n\r\n"), Cause.MALFORMED_REPLY),
    "nothing at all": (says(), Cause.EMPTY_REPLY),
    "a head that ends": (says(OK + b"Content-Le"), Cause.CUT_SHORT),
    "a body that never begins": (says(OK + b"Content-Length: 5\r\n\r\n"), Cause.CUT_SHORT),
}


@pytest.mark.parametrize("case", ENDLESS)
def test_hostile_answers_end_in_time_and_memory(case: str, tor: SocksServer, fetcher: OnionFetcher) -> None:
    script, cause = ENDLESS[case]
    tor.services[SITE] = script
    result, seconds, peak = measured(fetcher, BUDGET)
    assert isinstance(result, Failed)
    assert result.cause is cause
    assert seconds < BUDGET.seconds + 1
    assert peak < MEMORY_MOST
    assert result.received_bytes <= BUDGET.untrusted_bytes


DRIPPING: dict[str, tuple[bytes, ...]] = {
    "status line": (b"HTTP/1.1 2",),
    "header": (OK, b"A: "),
    "body": (OK + b"Content-Length: 1000\r\n\r\n",),
    "body without length": (OK + b"\r\n",),
    "chunk size": (CHUNKED,),
    "chunk": (CHUNKED, b"fff\r\n"),
}


@pytest.mark.parametrize("case", DRIPPING)
def test_a_drip_ends_at_the_deadline(
    case: str, tor: SocksServer, fetcher: OnionFetcher, hurry: threading.Event
) -> None:
    tor.services[SITE] = drips(b"0", hurry, 0.05, *DRIPPING[case])
    result, seconds, _ = measured(fetcher, HASTE)
    assert isinstance(result, Failed)
    assert result.cause is Cause.DEADLINE
    assert HASTE.seconds <= seconds < HASTE.seconds + 1


@pytest.mark.parametrize("behind", [b"Trailer: x\r\n" * 4096, b"garbage"])
def test_what_follows_the_last_chunk_is_not_read(behind: bytes, tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = keeps_saying(behind, CHUNKED, b"5\r\nhello\r\n0\r\n")
    result, seconds, _ = measured(fetcher, BUDGET)
    assert isinstance(result, Answer)
    assert result.untrusted_body == b"hello"
    assert result.complete
    assert seconds < BUDGET.seconds


def test_a_redirects_endless_body_is_not_read(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = keeps_saying(MEBIBYTE, b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n")
    result, seconds, _ = measured(fetcher, BUDGET)
    assert isinstance(result, Answer)
    assert (result.status, result.untrusted_location) == (302, "/there")
    assert seconds < BUDGET.seconds


def test_an_ordinary_answer_passes_the_same_checks(tor: SocksServer, fetcher: OnionFetcher) -> None:
    """The control: the limits above are not met by being unreachable."""
    body = bytes(2**21)
    tor.services[SITE] = says(with_length(OK, body))
    result, _, _ = measured(fetcher, BUDGET)
    assert isinstance(result, Answer)
    assert result.untrusted_body == body
    assert result.complete


def measured(fetcher: OnionFetcher, budget: Budget) -> tuple[Answer | Failed, float, int]:
    """The result, the seconds that it took, and the peak of memory allocated on the way in bytes."""
    tracemalloc.start()
    begun = time.monotonic()
    result = fetcher.get(permit_for(), budget)
    seconds = time.monotonic() - begun
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return result, seconds, peak
