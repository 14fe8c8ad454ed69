"""The rehearsal's HTTP servers: they answer as planned, and forget nobody who asked."""

import socket
from collections.abc import Iterator

import pytest

from scanner.rehearsal.sites import CannedResponse, OnionSite

ANSWERS = {
    "/": CannedResponse(b"<p>page"),
    "/away": CannedResponse(status=302, location="http://elsewhere.example/"),
    "/cut": CannedResponse(b"0123456789", cut_short=True),
    "/drip": CannedResponse(b"x" * 1000, dripping=True),
}


@pytest.fixture
def site() -> Iterator[OnionSite]:
    with OnionSite(ANSWERS) as running:
        yield running


def answer(site: OnionSite, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def get(site: OnionSite, path: str) -> bytes:
    return answer(site, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())


def test_a_page_is_served(site: OnionSite) -> None:
    head, _, body = get(site, "/").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert body == b"<p>page"


def test_a_redirect_names_its_goal(site: OnionSite) -> None:
    assert b"\r\nLocation: http://elsewhere.example/\r\n" in get(site, "/away")


def test_a_body_that_is_cut_short_is_shorter_than_promised(site: OnionSite) -> None:
    head, _, body = get(site, "/cut").partition(b"\r\n\r\n")
    assert b"Content-Length: 10" in head
    assert body == b"01234"


def test_a_dripping_body_comes_byte_by_byte(site: OnionSite) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as connection:
        connection.sendall(b"GET /drip HTTP/1.0\r\n\r\n")
        received = b""
        while b"\r\n\r\nxx" not in received:
            received += connection.recv(65536)
        assert received.count(b"x") < 10


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /nothing HTTP/1.0\r\n\r\n",
        b"POST /enter HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
        b"HEAD / HTTP/1.0\r\n\r\n",
        b"NONSENSE /x HTTP/1.0\r\n\r\n",
    ],
)
def test_every_request_is_kept(site: OnionSite, request_bytes: bytes) -> None:
    answer(site, request_bytes)
    assert [asked.method for asked in site.asked] == [request_bytes.split()[0].decode()]
    assert [asked.path for asked in site.asked] == [request_bytes.split()[1].decode()]


def test_a_connection_without_a_word_is_counted(site: OnionSite) -> None:
    assert site.connections == 0
    answer(site, b"\r\n")
    assert site.connections == 1
