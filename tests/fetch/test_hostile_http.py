"""Every hostile answer ends by its deadline and a second, with at most 64 MB more memory, as one cause."""

from collections.abc import Iterator
from threading import Event

import pytest

from scanner.exchange.failure import FailureCause
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget, Response
from tests.fetch.hostile import (
    BUDGET,
    CHUNKED,
    HASTE,
    OK,
    PICTURE,
    SHORT,
    Case,
    brotli_bomb,
    cases,
    gzip_bomb,
    zstd_bomb,
)
from tests.fetch.measured import Victim
from tests.fetch.permits import OTHER, SITE, permit_for
from tests.simulators.socks import SocksServer, drips, keeps_saying

MEMORY_MOST = 64 * 10**6
HURRY = Event()
CASES = cases(HURRY, SHORT)


@pytest.fixture(scope="module")
def server() -> Iterator[SocksServer]:
    with SocksServer() as server:
        yield server
        HURRY.set()


@pytest.fixture(scope="module")
def victim(server: SocksServer) -> Iterator[Victim]:
    with Victim(server.address) as victim:
        yield victim


@pytest.mark.parametrize("name", CASES)
def test_hostile_answers_end_in_time_and_memory(name: str, server: SocksServer, victim: Victim) -> None:
    case: Case = CASES[name]
    server.asked.clear()
    server.services[SITE] = case.script
    measured = victim.fetch(case.budget)
    assert measured.cause is case.expected
    assert measured.seconds < case.budget.seconds + 1
    assert measured.extra_bytes < MEMORY_MOST
    assert measured.received_bytes <= case.budget.untrusted_bytes
    assert measured.said == ""
    assert {asked.host for asked in server.asked} <= {SITE, OTHER}


def test_the_measure_sees_memory_that_is_taken(server: SocksServer, victim: Victim) -> None:
    """The control: sixteen mebibytes of an answer are in memory, and are seen there."""
    server.services[SITE] = CASES["ordinary, 16 MiB (the control)"].script
    assert victim.fetch(BUDGET).extra_bytes > 2**24


def test_bombs_are_small() -> None:
    """The control: each is a bomb."""
    assert len(gzip_bomb(SHORT)) < SHORT / 900
    assert len(brotli_bomb(SHORT)) < 1_000
    assert len(zstd_bomb(SHORT)) < 10_000


@pytest.mark.parametrize("behind", [b"Trailer: x\r\n" * 4096, b"garbage"])
def test_what_follows_the_last_chunk_is_not_read(behind: bytes, tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = keeps_saying(behind, CHUNKED, b"5\r\nhello\r\n0\r\n")
    result = fetcher.get(permit_for(), BUDGET)
    assert isinstance(result, Response)
    assert result.untrusted_body == b"hello"
    assert result.complete


def test_a_redirects_endless_body_is_not_read(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = keeps_saying(PICTURE, b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\n")
    result = fetcher.get(permit_for(), BUDGET)
    assert isinstance(result, Response)
    assert (result.status, result.untrusted_location) == (302, "/there")
    assert result.received_bytes < 2**20


def test_every_cause_of_an_answer_stands_in_the_table() -> None:
    met = {case.expected for case in CASES.values()}
    assert met >= {
        FailureCause.TOO_LARGE,
        FailureCause.TOO_MANY_HEADERS,
        FailureCause.MALFORMED_REPLY,
        FailureCause.DEADLINE,
        FailureCause.CUT_SHORT,
    }


@pytest.mark.parametrize("seconds", [HASTE.seconds, BUDGET.seconds])
def test_an_endless_row_of_pictures_is_kept_as_far_as_it_came(
    seconds: float, tor: SocksServer, fetcher: OnionFetcher
) -> None:
    """A camera: what came before the deadline or the budget holds whole pictures. Any other body is refused then."""
    head = OK + b"Content-Type: multipart/x-mixed-replace; boundary=x\r\n\r\n"
    part = b"--x\r\n\r\n" + PICTURE * 100 + b"\r\n"
    pause = Event()
    tor.services[SITE] = drips(part, pause, 0.05, head) if seconds == HASTE.seconds else keeps_saying(part, head)
    result = fetcher.get(permit_for(), Budget(seconds, 2**20))
    pause.set()
    assert isinstance(result, Response)
    assert result.untrusted_body.startswith(part)
    assert not result.complete
    assert result.received_bytes <= 2**20
