"""The fetcher's own promises: one route, warm connections, kept apart by site, and each of tor's replies as a cause."""

import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reports.files import write
from scanner.exchange.active_credentials import ActiveCredentials
from scanner.exchange.failure import OF_THE_CIRCUIT, OUR_OWN, SITE_UP, FailureCause
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget, Failed, Response
from scanner.exchange.route import FixedRoute
from scanner.exchange.socks import REPLIES, Credentials
from tests.fetch.permits import OTHER, SITE, permit_for
from tests.simulators.socks import DISCONNECT, Script, SocksServer, answers_all, drips, request_head, says

BUDGET = Budget(20, 2**20)
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: image/png\r\n\r\nhello"


def answered(fetcher: OnionFetcher, target: str = "/", **where: str) -> Response:
    result = fetcher.get(permit_for(target, **where), BUDGET)
    assert isinstance(result, Response), result
    return result


def failed(fetcher: OnionFetcher, budget: Budget = BUDGET, **where: str) -> Failed:
    result = fetcher.get(permit_for(**where), budget)
    assert isinstance(result, Failed), result
    return result


def test_the_request_is_the_permits_own_parts(tor: SocksServer, fetcher: OnionFetcher) -> None:
    heads: list[bytes] = []
    tor.services[f"www.{SITE}"] = answers_all(HELLO, heads)
    answered(fetcher, "/a%2fb/%c3%a9?q=%2e&%zz", host=f"www.{SITE}:8080")
    line, *headers = heads[0].decode().split("\r\n")
    assert line == "GET " + permit_for("/a%2fb/%c3%a9?q=%2e&%zz").target + " HTTP/1.1"
    assert f"Host: www.{SITE}:8080" in headers
    assert "Accept-Encoding: gzip, deflate" in headers  # as Tor Browser over http: no br, no zstd
    assert not [header for header in headers if header.lower().startswith(("cookie", "referer", "authorization"))]
    assert (tor.asked[0].host, tor.asked[0].port) == (f"www.{SITE}", 8080)


def test_an_answer_holds_what_came(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = says(HELLO)
    answer = answered(fetcher)
    assert (answer.status, answer.untrusted_body, answer.untrusted_content_type) == (200, b"hello", "image/png")
    assert answer.complete
    assert answer.received_bytes > len(HELLO)
    assert answer.started <= answer.ended


def test_nothing_is_kept_of_a_sites_cookies(tor: SocksServer, fetcher: OnionFetcher) -> None:
    heads: list[bytes] = []
    tor.services[SITE] = answers_all(HELLO.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b; Path=/\r\n\r\n"), heads)
    for _ in range(2):
        answered(fetcher)
    assert len(heads) == 2
    assert b"a=b" not in heads[1]


def test_a_connection_is_kept_until_the_site_is_forgotten(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = answers_all(HELLO)
    for _ in range(3):
        answered(fetcher)
    assert len(tor.asked) == 1
    fetcher.forget(SITE)
    answered(fetcher)
    first, second = tor.asked
    assert first.username == second.username
    assert first.password != second.password


def test_a_connection_closed_while_idle_is_no_failure(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = answers_all(HELLO)
    answered(fetcher)
    tor.hang_up()
    answered(fetcher)
    assert len(tor.asked) == 2


def test_a_request_that_a_kept_connection_swallows_is_sent_once_more(tor: SocksServer, fetcher: OnionFetcher) -> None:
    def answers_once_and_swallows_the_next(connection: socket.socket) -> None:
        request_head(connection)
        connection.sendall(HELLO)
        request_head(connection)

    tor.services[SITE] = answers_once_and_swallows_the_next
    answered(fetcher)
    answered(fetcher)
    assert len(tor.asked) == 2


def test_sites_have_credentials_of_their_own(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services |= {SITE: answers_all(HELLO), f"www.{SITE}": answers_all(HELLO), OTHER: answers_all(HELLO)}
    for host in (SITE, f"www.{SITE}", OTHER):
        answered(fetcher, host=host)
    site, sub_domain, other = tor.asked
    assert (site.username, site.password) == (sub_domain.username, sub_domain.password)
    assert site.username != other.username
    assert SITE[:8].encode() not in site.username


@dataclass(frozen=True)
class Watched(FixedRoute):
    """A way whose gate remembers what it was told to let through."""

    asked: ActiveCredentials = field(default_factory=ActiveCredentials)
    told: list[tuple[str, Credentials]] = field(default_factory=list)

    def registered(self, address: str, credentials: Credentials) -> AbstractContextManager[None]:
        self.told.append((address, credentials))
        return self.asked.registered(address, credentials)


@pytest.mark.parametrize("host", [SITE, f"www.{SITE}"])
@pytest.mark.parametrize("answer", [answers_all(HELLO), 0x05, DISCONNECT])
def test_the_gate_lets_a_fetch_through_until_tor_has_answered(
    answer: Script | int, host: str, tor: SocksServer
) -> None:
    tor.services[host] = answer
    route = Watched(*tor.address)
    OnionFetcher(route, bytes(32), "test").get(permit_for(host=host), BUDGET)
    assert tor.asked
    assert route.told == [(SITE, Credentials(one.username, one.password)) for one in tor.asked]
    assert not route.asked.contains(*route.told[0])


def test_a_kept_connection_is_asked_for_once(tor: SocksServer) -> None:
    tor.services[SITE] = answers_all(HELLO)
    route = Watched(*tor.address)
    fetcher = OnionFetcher(route, bytes(32), "test")
    answered(fetcher)
    answered(fetcher)
    assert len(route.told) == 1


def test_many_threads_share_one_fetcher(tor: SocksServer, fetcher: OnionFetcher) -> None:
    def echo(connection: socket.socket) -> None:
        while True:
            target = request_head(connection).split(b" ")[1]
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(target), target))

    tor.services |= {SITE: echo, OTHER: echo}
    wanted = [(f"/{number}", host) for number in range(60) for host in (SITE, OTHER)]
    with ThreadPoolExecutor(16) as threads:
        bodies = threads.map(lambda one: answered(fetcher, one[0], host=one[1]).untrusted_body.decode(), wanted)
    assert list(bodies) == [target for target, _ in wanted]


@pytest.mark.parametrize("code", sorted(REPLIES))
def test_each_of_tors_replies_is_a_cause(code: int, tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = code
    result = failed(fetcher)
    assert (result.cause, result.socks_reply) == (REPLIES[code], code)


def test_an_unknown_reply_claims_the_least(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = 0xEE
    assert failed(fetcher).cause is FailureCause.CIRCUIT_LOST


def test_a_general_failure_is_what_tors_events_say(tor: SocksServer) -> None:
    asked: list[int] = []

    class Telling(FixedRoute):
        def stream_cause(self, source_port: int) -> FailureCause | None:
            asked.append(source_port)
            return FailureCause.BACKEND_DOWN

    tor.services |= {SITE: 0x01, OTHER: 0x05}
    fetcher = OnionFetcher(Telling(*tor.address), bytes(32), "test")
    assert failed(fetcher).cause is FailureCause.BACKEND_DOWN
    assert failed(fetcher, host=OTHER).cause is FailureCause.PORT_CLOSED
    assert len(asked) == 1


def falls_silent(connection: socket.socket) -> None:
    """Takes a request and says nothing, until the other side hangs up."""
    request_head(connection)
    connection.recv(1)


class Ill(FixedRoute):
    """A tor that can build no circuits."""

    def ready(self) -> bool:
        return False


@pytest.mark.parametrize("code", sorted(REPLIES))
def test_an_ill_tor_tells_nothing_of_the_site(code: int, tor: SocksServer) -> None:
    tor.services[SITE] = code
    found = failed(OnionFetcher(Ill(*tor.address), bytes(32), "test"))
    assert found.cause is (FailureCause.TOR_NOT_READY if REPLIES[code] in OF_THE_CIRCUIT else REPLIES[code])
    assert found.socks_reply == code


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize(
    ("script", "of_a_site"),
    [
        (says(), FailureCause.EMPTY_REPLY),
        (says(HELLO[:20]), FailureCause.CUT_SHORT),
        (falls_silent, FailureCause.DEADLINE),
    ],
)
def test_what_an_ill_tor_cut_is_not_laid_at_the_sites_door(
    script: Script, of_a_site: FailureCause, *, kept: bool, tor: SocksServer
) -> None:
    """A tor that dies or hangs cuts the exchanges that are under way through it."""

    def first_answers(connection: socket.socket) -> None:
        if kept:
            says(HELLO)(connection)
        script(connection)

    for route, cause in ((FixedRoute(*tor.address), of_a_site), (Ill(*tor.address), FailureCause.TOR_NOT_READY)):
        tor.services[SITE] = first_answers
        fetcher = OnionFetcher(route, bytes(32), "test")
        if kept:
            answered(fetcher)
            tor.services[SITE] = script
        assert failed(fetcher, Budget(1, 2**20)).cause is cause


def test_an_ill_tor_that_never_answers_is_what_failed() -> None:
    """As `test_a_circuit_that_never_comes_is_lost`, with a tor that hangs."""
    with NotTor() as silent:
        result = failed(OnionFetcher(Ill(*silent.address), bytes(32), "test"), Budget(0.3, 1000))
    assert result.cause is FailureCause.TOR_NOT_READY


def test_no_cause_is_both_the_sites_and_ours() -> None:
    assert not SITE_UP & OUR_OWN
    assert not SITE_UP & OF_THE_CIRCUIT


def test_a_tor_that_hangs_up_or_is_gone_is_down(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = DISCONNECT
    assert failed(fetcher).cause is FailureCause.TOR_DOWN
    with SocksServer() as gone:
        route = FixedRoute(*gone.address)
    assert failed(OnionFetcher(route, bytes(32), "test")).cause is FailureCause.TOR_DOWN


def test_a_tor_without_a_port_is_down() -> None:
    class Nowhere(FixedRoute):
        def socks_address(self) -> None:
            return None

    assert failed(OnionFetcher(Nowhere("", 0), bytes(32), "test")).cause is FailureCause.TOR_DOWN


class NotTor(SocksServer):
    """Takes a connection and says something else, or nothing, until it is closed."""

    says = b""

    def _serve(self, connection: socket.socket) -> None:
        with suppress(ConnectionError):
            connection.sendall(self.says)
            while connection.recv(1000):
                pass


def test_a_circuit_that_never_comes_is_lost() -> None:
    """The deadline passes before tor has connected: the site is not known to be up."""
    with NotTor() as silent:
        result = failed(OnionFetcher(FixedRoute(*silent.address), bytes(32), "test"), Budget(0.3, 1000))
    assert result.cause is FailureCause.CIRCUIT_LOST


@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x05\xff", b"\x05\x02\x01\x01", bytes(600)])
def test_what_speaks_otherwise_is_not_tor(words: bytes) -> None:
    with NotTor() as other:
        other.says = words
        assert failed(OnionFetcher(FixedRoute(*other.address), bytes(32), "test")).cause is FailureCause.TOR_DOWN


@pytest.mark.parametrize(
    ("head", "body", "complete"),
    [
        (b"Content-Length: 5\r\n", b"hello", True),
        (b"Content-Length: 9\r\n", b"hello", False),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n", True),
        (b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n", False),
        (b"Transfer-Encoding: chunked\r\n", b"9\r\nhello", False),
        (b"", b"hello", False),
    ],
)
def test_a_body_is_complete_only_if_its_end_is_proven(
    head: bytes, body: bytes, *, complete: bool, tor: SocksServer, fetcher: OnionFetcher
) -> None:
    tor.services[SITE] = says(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body)
    answer = answered(fetcher)
    assert (answer.untrusted_body, answer.complete) == (b"hello", complete)


@pytest.mark.parametrize(
    ("head", "body", "cut"),
    [
        (b"200 OK\r\nContent-Length: 9\r\n", b"hello", True),
        (b"200 OK\r\nTransfer-Encoding: chunked\r\n", b"9\r\nhello", True),
        (b"200 OK\r\n", b"hello", True),
        (b"200 OK\r\nContent-Length: 5\r\n", b"hello", False),
        (b"200 OK\r\nContent-Length: 0\r\n", b"", False),
        (b"301 Moved\r\nLocation: /x\r\nContent-Length: 9\r\n", b"hello", False),
    ],
)
def test_a_body_that_is_cut_beside_an_ill_tor_is_our_own_tors_doing(
    head: bytes, body: bytes, *, cut: bool, tor: SocksServer
) -> None:
    """Beside one that is well it is an answer that is not proven whole, as above."""
    tor.services[SITE] = says(b"HTTP/1.1 " + head + b"\r\n" + body)
    result = OnionFetcher(Ill(*tor.address), bytes(32), "test").get(permit_for(), BUDGET)
    assert (result.cause if isinstance(result, Failed) else None) is (FailureCause.TOR_NOT_READY if cut else None)
    assert result.received_bytes > len(head)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int, tor: SocksServer, fetcher: OnionFetcher) -> None:
    location = f"http://{OTHER}/".encode()
    tor.services[SITE] = says(b"HTTP/1.1 %d See\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % (status, location))
    answer = answered(fetcher)
    assert (answer.status, answer.untrusted_location) == (status, location.decode())
    assert len(tor.asked) == 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate with its key, in one file: no onion service needs another."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "unrelated.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    encoding, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(encoding, private, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    write(path, pem + made.sign(key, hashes.SHA256()).public_bytes(encoding))
    return path


def over_tls(certificate: Path, script: Script) -> Script:
    def secured(connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with context.wrap_socket(connection, server_side=True) as tls:
            script(tls)

    return secured


def test_tls_needs_no_certificate_that_anybody_vouches_for(
    certificate: Path, tor: SocksServer, fetcher: OnionFetcher
) -> None:
    tor.services[SITE] = over_tls(certificate, says(HELLO))
    assert answered(fetcher, scheme="https").untrusted_body == b"hello"
    assert tor.asked[0].port == 443


def test_tls_is_below_the_same_deadline(certificate: Path, tor: SocksServer, fetcher: OnionFetcher) -> None:
    pause = threading.Event()
    tor.services[SITE] = over_tls(certificate, drips(b"0", pause, 0.05, b"HTTP/1.1 200 OK\r\n\r\n"))
    assert failed(fetcher, Budget(1.0, 2**20), scheme="https").cause is FailureCause.DEADLINE
    pause.set()


def test_what_is_no_tls_is_said_to_be_none(tor: SocksServer, fetcher: OnionFetcher) -> None:
    def plain(connection: socket.socket) -> None:
        connection.sendall(HELLO)

    tor.services[SITE] = plain
    assert failed(fetcher, scheme="https").cause is FailureCause.TLS


def test_no_answer_shows_its_bytes(tor: SocksServer, fetcher: OnionFetcher) -> None:
    tor.services[SITE] = says(HELLO)
    assert "hello" not in repr(answered(fetcher))
