"""The contract of every fetcher: the one over SOCKS and HTTP, and the simulated one of other tests."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import pytest

from config.clock import utc_now
from scanner.exchange.failure import FailureCause
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget, Failed, Fetcher, Response
from scanner.exchange.route import FixedRoute
from scanner.exchange.validators import Validators
from tests.fetch.permits import OTHER, SITE, permit_for
from tests.simulators.onions import Reply, SimulatedOnions
from tests.simulators.socks import Script, SocksServer, request_head

BUDGET = Budget(20, 100_000)
Sites = Mapping[str, Reply | FailureCause]
World = Callable[[Sites], AbstractContextManager[Fetcher]]
REPLY_CODES = {FailureCause.NO_DESCRIPTOR: 0xF0, FailureCause.INTRODUCTION_FAILED: 0xF2, FailureCause.PORT_CLOSED: 0x05}


@contextmanager
def over_socks(sites: Sites) -> Iterator[Fetcher]:
    """The real fetcher, over a SOCKS server that serves these sites by real HTTP."""
    services: dict[str, Script | int] = {}
    for url, reply in sites.items():
        host = url.split("/")[2]
        services[host] = REPLY_CODES[reply] if isinstance(reply, FailureCause) else serving(host, sites)
    with SocksServer(services) as server:
        yield OnionFetcher(FixedRoute(*server.address), bytes(32), "test")


def serving(host: str, sites: Sites) -> Script:
    def script(connection: socket.socket) -> None:
        while True:
            request = request_head(connection)
            target = request.split(b" ")[1].decode()
            reply = sites.get(f"http://{host}{target}", Reply(b"nothing here", status=404))
            assert isinstance(reply, Reply)
            if reply.always_304 or (reply.etag and f"If-None-Match: {reply.etag}\r\n".encode() in request):
                connection.sendall(b"HTTP/1.1 304 X\r\n\r\n")
                continue
            head = f"HTTP/1.1 {reply.status} X\r\nContent-Type: {reply.content_type}\r\n"
            head += f"ETag: {reply.etag}\r\n" if reply.etag else ""
            head += f"Refresh: {reply.refresh}\r\n" if reply.refresh else ""
            head += f"Link: {reply.link}\r\n" if reply.link else ""
            location = f"Location: {reply.location}\r\n" if reply.location else ""
            length = f"Content-Length: {len(reply.body)}\r\n\r\n"
            connection.sendall((head + location + length).encode() + reply.body)

    return script


@contextmanager
def simulated(sites: Sites) -> Iterator[Fetcher]:
    yield SimulatedOnions(sites, utc_now)


@pytest.fixture(params=[over_socks, simulated], ids=lambda world: world.__name__)
def world(request: pytest.FixtureRequest) -> World:
    found: World = request.param
    return found


def test_an_answer_is_what_the_site_said(world: World) -> None:
    with world({f"http://{SITE}/a?b": Reply(b"hello", "image/png")}) as fetcher:
        answer = fetcher.get(permit_for("/a?b"), BUDGET)
    assert isinstance(answer, Response)
    assert (answer.status, answer.untrusted_body, answer.untrusted_content_type) == (200, b"hello", "image/png")
    assert answer.complete
    assert answer.started <= answer.ended
    assert answer.received_bytes >= len(b"hello")


@pytest.mark.parametrize("status", [200, 403, 404, 500, 503])
def test_every_status_is_an_answer(status: int, world: World) -> None:
    with world({f"http://{SITE}/": Reply(b"body", status=status)}) as fetcher:
        answer = fetcher.get(permit_for(), BUDGET)
    assert isinstance(answer, Response)
    assert (answer.status, answer.untrusted_body) == (status, b"body")


def test_a_redirect_is_reported_and_not_followed(world: World) -> None:
    with world({f"http://{SITE}/": Reply(status=302, location=f"http://{OTHER}/x")}) as fetcher:
        answer = fetcher.get(permit_for(), BUDGET)
    assert isinstance(answer, Response)
    assert (answer.status, answer.untrusted_location) == (302, f"http://{OTHER}/x")


def test_what_the_head_names_is_handed_on(world: World) -> None:
    with world({f"http://{SITE}/": Reply(refresh="0; url=/on", link="</p>; rel=preload; as=image")}) as fetcher:
        answer = fetcher.get(permit_for(), BUDGET)
    assert isinstance(answer, Response)
    assert (answer.untrusted_refresh, answer.untrusted_link) == ("0; url=/on", "</p>; rel=preload; as=image")


@pytest.mark.parametrize("cause", REPLY_CODES)
def test_a_failure_is_one_cause(cause: FailureCause, world: World) -> None:
    with world({f"http://{SITE}/": cause}) as fetcher:
        failed = fetcher.get(permit_for(), BUDGET)
    assert isinstance(failed, Failed)
    assert failed.cause is cause
    assert failed.started <= failed.ended


def test_more_than_the_budget_is_too_large(world: World) -> None:
    with world({f"http://{SITE}/": Reply(bytes(BUDGET.untrusted_bytes + 1))}) as fetcher:
        failed = fetcher.get(permit_for(), BUDGET)
    assert isinstance(failed, Failed)
    assert failed.cause is FailureCause.TOO_LARGE
    assert failed.received_bytes <= BUDGET.untrusted_bytes


def test_a_forgotten_site_can_be_asked_again(world: World) -> None:
    with world({f"http://{SITE}/": Reply(b"hello")}) as fetcher:
        for _ in range(2):
            assert isinstance(fetcher.get(permit_for(), BUDGET), Response)
            fetcher.forget(SITE)
        fetcher.forget(OTHER)


def test_what_has_not_changed_comes_without_its_bytes(world: World) -> None:
    with world({f"http://{SITE}/": Reply(b"hello", etag='"a"')}) as fetcher:
        first = fetcher.get(permit_for(), BUDGET)
        assert isinstance(first, Response)
        again = fetcher.get(permit_for(), BUDGET, known=first.validators)
        other = fetcher.get(permit_for(), BUDGET, known=Validators('"b"'))
    assert isinstance(again, Response)
    assert isinstance(other, Response)
    assert first.validators == Validators('"a"')
    assert (again.status, again.untrusted_body) == (304, b"")
    assert (other.status, other.untrusted_body) == (200, b"hello")


def test_a_304_that_nobody_asked_for_is_no_answer(world: World) -> None:
    with world({f"http://{SITE}/": Reply(b"hello", always_304=True)}) as fetcher:
        failed = fetcher.get(permit_for(), BUDGET)
    assert isinstance(failed, Failed)
    assert failed.cause is FailureCause.MALFORMED_REPLY
