"""There is one way out, whatever the environment says: a trap on the loopback, and a control that walks into it."""

import logging
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from scanner.exchange.connection import KeptConnection
from scanner.exchange.failure import FailureCause
from scanner.exchange.meter import Ended, Meter
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget, Response
from scanner.exchange.route import FixedRoute
from scanner.exchange.socks import Credentials
from tests.fetch.permits import OTHER, SITE, permit_for
from tests.simulators.socks import SocksServer, answers_all, says

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
PORT_NOT_SERVED = 5
SECRET = b"bytes-of-a-picture"
VARIABLES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


class Audit:
    """Hears what the interpreter itself reports of names and connections. A hook cannot be taken off again."""

    def __init__(self) -> None:
        self._heard: list[tuple[str, object]] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self._heard is not None and event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
            self._heard.append((event, arguments[1 if event == "socket.connect" else 0]))

    @contextmanager
    def listening(self) -> Iterator[list[tuple[str, object]]]:
        heard: list[tuple[str, object]] = []
        self._heard = heard
        yield heard
        self._heard = None


AUDIT = Audit()


class Trap:
    """A server that no byte may reach; what does is kept."""

    def __init__(self) -> None:
        self.caught: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection:
                    self.caught.append(connection.recv(65_536))
                    connection.sendall(HELLO)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    """The environment says to use the trap for everything."""
    trap = Trap()
    for name in VARIABLES:
        monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    yield trap
    trap.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("no_proxy", ["", "*", ".onion"])
def test_the_environment_changes_no_route(
    scheme: str, no_proxy: str, trap: Trap, tor: SocksServer, fetcher: OnionFetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    tor.services[SITE] = says(HELLO) if scheme == "http" else PORT_NOT_SERVED
    fetcher.get(permit_for(scheme=scheme), Budget(10, 2**20))
    assert [asked.host for asked in tor.asked] == [SITE]
    assert trap.caught == []


def test_the_trap_catches_a_session_that_trusts_the_environment(trap: Trap) -> None:
    """The control: an ordinary session hands the onion address to the environment's proxy."""
    requests.get(f"http://{SITE}/", timeout=10)
    assert SITE.encode() in trap.caught[0]


def test_no_name_is_resolved_and_no_other_address_reached(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = answers_all(HELLO)
    with AUDIT.listening() as heard:
        assert isinstance(fetcher.get(permit_for(), Budget(10, 2**20)), Response)
    assert heard == [("socket.connect", tor.address)]
    with AUDIT.listening() as heard, pytest.raises(requests.ConnectionError):  # the control
        requests.get(f"http://{SITE}/", timeout=10)
    assert ("socket.getaddrinfo", SITE) in heard


@pytest.mark.parametrize("host", [OTHER, f"{SITE}.example.com", "127.0.0.1", "localhost", f"x{SITE}"])
def test_a_connection_is_made_to_the_permits_host_alone(host: str, tor: SocksServer) -> None:
    """Whatever a library above might make of a URL."""
    tor.services |= {SITE: answers_all(HELLO), host: answers_all(HELLO)}
    meter = Meter(Budget(10, 2**20))
    lane = KeptConnection(FixedRoute(*tor.address), Credentials(b"a", b"b"))
    lane.get(permit_for(), meter, {})
    with pytest.raises(Ended):
        lane.dial(host, 80)
    assert meter.cause is FailureCause.NOT_LISTED
    assert [asked.host for asked in tor.asked] == [SITE]
    lane.close()


def test_a_password_file_is_not_read(
    tor: SocksServer, fetcher: OnionFetcher, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    netrc = home / "netrc"
    netrc.write_text(f"machine {SITE} login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    heads: list[bytes] = []
    tor.services[SITE] = answers_all(HELLO, heads)
    fetcher.get(permit_for(), Budget(10, 2**20))
    assert b"Authorization" not in heads[0]
    with requests.Session() as session:  # the control
        assert "Authorization" in session.prepare_request(requests.Request("GET", f"http://{SITE}/")).headers


@pytest.mark.parametrize(
    "hostile",
    [
        SECRET,
        b"HTTP/1.1 " + SECRET + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + SECRET + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + SECRET + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + SECRET + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 18\r\n\r\n" + SECRET,
    ],
)
def test_nothing_of_an_answer_reaches_a_log(
    hostile: bytes, tor: SocksServer, fetcher: OnionFetcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tor.services[SITE] = says(hostile)
    result = fetcher.get(permit_for(f"/{SECRET.decode()}"), Budget(10, 2**20))
    assert SECRET.decode() not in caplog.text
    assert SITE not in caplog.text
    assert SECRET.decode() not in repr(result)
    assert caplog.records == []
