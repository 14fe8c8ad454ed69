"""A whole answer through the whole fetcher and its libraries, over the loopback: an Answer or a Failed, no error."""

import socket
from contextlib import ExitStack

from config.clock import utc_now
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget, Failed, Response
from scanner.exchange.route import FixedRoute
from tests.fetch.permits import SITE, permit_for
from tests.simulators.socks import SocksServer, request_head

MOST_BYTES = 2**18
_EXCHANGES_OF_A_SERVER = 500


class _Service:
    """A simulated onion service that says what is tried next; started anew now and then, to forget its threads."""

    def __init__(self) -> None:
        self.says = b""
        self._exchanges = 0
        self._open = ExitStack()
        self._fetcher: OnionFetcher

    def exchange(self, untrusted: bytes) -> Response | Failed:
        if self._exchanges % _EXCHANGES_OF_A_SERVER == 0:
            self._open.close()
            server = self._open.enter_context(SocksServer({SITE: self._serve}))
            self._fetcher = OnionFetcher(FixedRoute(*server.address), bytes(32), "fuzz", utc_now)
        self._exchanges += 1
        self.says = untrusted
        result = self._fetcher.get(permit_for("/"), Budget(5.0, MOST_BYTES))
        self._fetcher.forget(SITE)
        return result

    def _serve(self, connection: socket.socket) -> None:
        request_head(connection)
        connection.sendall(self.says)


_SERVICE = _Service()


def seeds() -> list[bytes]:
    return [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Type: text/html\r\nSet-Cookie: a=b\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n",
        b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nETag: "x"\r\nDate: x\r\n\r\n',
        b"HTTP/1.0 200 OK\r\n\r\nto the end",
        b"ICY 200 OK\n\nx",
    ]


def check(untrusted: bytes) -> None:
    result = _SERVICE.exchange(untrusted)
    assert isinstance(result, Response | Failed)
    if isinstance(result, Response):
        assert len(result.untrusted_body) <= MOST_BYTES


REGRESSIONS: list[bytes] = []
