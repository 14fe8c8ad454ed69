"""Our own tor on the private network: started, gated, watched, started again; and the causes that only tor can tell."""

import http.server
import os
import re
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.faults import Fault, Refused
from reports.files import write
from reports.sighting import Gating
from scanner.authority.permit import ListPermits, Permit, PermitPurpose
from scanner.exchange.failure import FailureCause
from scanner.exchange.meter import Meter
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget, Failed, Response
from scanner.exchange.socks import Credentials, connect
from scanner.exchange.wire import dial
from scanner.rehearsal.network import torrc
from scanner.rehearsal.network.control import ControlRefused, RehearsalTorControl
from scanner.rehearsal.network.loopback import free_ports
from scanner.rehearsal.network.onion_services import ClientKey, OnionKey, OnionService
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.waiting import until
from scanner.tor import OwnTor, RunningElsewhere, RunningTor, attach_tor, start_tor
from scanner.tor.control import Login
from scanner.tor.control import connect as connect_to
from scanner.tor.stream_gate import Shut
from tests.authority.making import NOW, a_target, verified
from tests.simulators.socks import exactly

pytestmark = pytest.mark.network
BUDGET = Budget(60, 2**20)
NOT_ALLOWED = 0x02
REJECTED_BY_SOCKS_4 = 0x5B
FOREIGN = Credentials(b"a", b"b")
LONELY = """\
TestingTorNetwork 1
UseDefaultFallbackDirs 0
OutboundBindAddress 127.0.0.1
DirAuthority a orport=1 no-v2 v3ident=0123456789012345678901234567890123456789 127.0.0.1:1 \
0123456789012345678901234567890123456789
"""


class Counting(http.server.BaseHTTPRequestHandler):
    """Answers with the host that was asked for, and counts."""

    protocol_version = "HTTP/1.1"
    wbufsize = 4096
    """Head and body leave together."""
    asked: list[str] = []  # noqa: RUF012 - one server, one list
    stalls: list[str] = []  # noqa: RUF012 - the same
    """Hosts that send a part of what they announce, and then nothing until they are hung up on."""

    def do_GET(self) -> None:
        host = self.headers["Host"]
        self.asked.append(host)
        self.send_response(200)
        self.send_header("Content-Length", str(len(host) + 1000 * (host in self.stalls)))
        self.end_headers()
        self.wfile.write(host.encode())
        if host in self.stalls:
            self.wfile.flush()
            self.rfile.read()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@dataclass(frozen=True)
class Services:
    """What is published, and what of it is listed."""

    up: str
    unlisted: str
    backend_down: str
    stalls: str
    stuck: str
    """Its server accepts no connection, and refuses none."""
    authorised: str
    unpublished: str
    key: str
    permits: ListPermits

    def listed(self, address: str) -> bool:
        return self.permits.listed(address, NOW)

    def permit(self, address: str, target: str = "/", scheme: str = "http") -> Permit:
        permit = self.permits.permit(f"{scheme}://{address}{target}", NOW, PermitPurpose.PICTURE)
        assert isinstance(permit, Permit), permit
        return permit


@contextmanager
def no_room() -> Iterator[socket.socket]:
    """A server that accepts nobody, and with whom nobody has room to wait any more."""
    with ExitStack() as held:
        server = held.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            guest = held.enter_context(socket.socket())
            guest.setblocking(False)
            guest.connect_ex(server.getsockname())
        yield server


@pytest.fixture(scope="module")
def services(network: PrivateNetwork) -> Iterator[Services]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting) as server, no_room() as full:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client, port = ClientKey.new(), server.server_port
        up, unlisted = OnionService(port, OnionKey.new()), OnionService(port, OnionKey.new())
        down, authorised = OnionService(1, OnionKey.new()), OnionService(port, OnionKey.new(), (client,))
        stuck, stalls = OnionService(full.getsockname()[1], OnionKey.new()), OnionService(port, OnionKey.new())
        Counting.stalls.append(stalls.key.address)
        network.add_onion_services([up, unlisted, down, stuck, stalls, authorised])
        unpublished = OnionKey.new().address
        published = (up, down, stalls, stuck, authorised)
        listed = [*(one.key.address for one in published), unpublished]
        permits = ListPermits([verified(targets=[a_target(1, address=address) for address in listed])], None)
        yield Services(
            up.key.address,
            unlisted.key.address,
            down.key.address,
            stalls.key.address,
            stuck.key.address,
            authorised.key.address,
            unpublished,
            client.private,
            permits,
        )
        server.shutdown()


@pytest.fixture(scope="module")
def own(network: PrivateNetwork, services: Services, tmp_path_factory: pytest.TempPathFactory) -> OwnTor:
    directory = tmp_path_factory.mktemp("own-tor", numbered=True) / "data"
    return OwnTor(directory, services.listed, torrc_extra=network.torrc_extra_for_client())


@pytest.fixture(scope="module")
def tor(own: OwnTor) -> Iterator[RunningTor]:
    heard: list[tuple[str, int]] = []
    tor = start_tor(own, lambda words, percent: heard.append((words, percent)))
    assert isinstance(tor, RunningTor), tor
    assert [percent for _, percent in heard] == sorted(percent for _, percent in heard)
    assert heard[-1] == ("Done", 100)
    yield tor
    tor.stop()


@pytest.fixture
def fetcher(tor: RunningTor) -> OnionFetcher:
    return OnionFetcher(tor, bytes(32), "test")


def cause(fetcher: OnionFetcher, permit: Permit) -> FailureCause:
    result = fetcher.get(permit, BUDGET)
    assert isinstance(result, Failed), result
    return result.cause


def body(fetcher: OnionFetcher, permit: Permit) -> bytes:
    result = fetcher.get(permit, BUDGET)
    assert isinstance(result, Response), result
    return result.untrusted_body


def test_it_says_how_it_is(tor: RunningTor) -> None:
    health = tor.health()
    assert health.healthy
    assert health.version == tor.version
    assert health.clock.offset_seconds == 0.0
    assert tor.gate is Gating.INSIDE_TOR


def test_a_listed_site_answers(fetcher: OnionFetcher, services: Services) -> None:
    assert body(fetcher, services.permit(services.up)) == services.up.encode()


def test_nothing_leaves_the_loopback(network: PrivateNetwork, tor: RunningTor) -> None:
    assert tor.pid is not None
    assert network.sockets_off_loopback([tor.pid]) == []


def reply_of(tor: RunningTor, host: str, credentials: Credentials = FOREIGN) -> int:
    """Tor's own reply to a CONNECT that no permit covers: past the fetcher, straight at the SocksPort."""
    address = tor.socks_address()
    assert address is not None
    with dial(*address, Meter(BUDGET)) as wire:
        return connect(wire, host, 80, credentials)


def test_a_listed_onion_is_refused_to_every_other_process(
    tor: RunningTor, fetcher: OnionFetcher, services: Services
) -> None:
    """One that found our SocksPort, whatever it says of itself: our own credentials too, once nobody asks with them."""
    before, visits = Counter(tor.refused_streams()), len(Counting.asked)
    assert reply_of(tor, services.up) == NOT_ALLOWED
    assert reply_of(tor, f"www.{services.up}") == NOT_ALLOWED
    assert nameless_reply_of(tor, services.up) == NOT_ALLOWED
    assert nameless_reply_of(tor, services.up, version=4) == REJECTED_BY_SOCKS_4
    assert len(Counting.asked) == visits
    # The control: the scanner's own fetch of the same address is attached, beside them.
    assert body(fetcher, services.permit(services.up)) == services.up.encode()
    ours = fetcher._sites[services.up].credentials
    assert reply_of(tor, services.up, ours) == NOT_ALLOWED
    with tor.registered(services.up, ours):
        assert reply_of(tor, services.up, ours) == 0
        assert reply_of(tor, services.up, FOREIGN) == NOT_ALLOWED
        assert reply_of(tor, services.backend_down, ours) == NOT_ALLOWED
    assert Counter(tor.refused_streams()) - before == {Shut.NOT_OURS.value: 7}


def nameless_reply_of(tor: RunningTor, host: str, version: int = 5) -> int:
    """The same without any credentials: SOCKS 5, or SOCKS 4a, which has a user name alone."""
    address = tor.socks_address()
    assert address is not None
    with socket.create_connection(address, 60) as wire:
        if version == 5:
            wire.sendall(bytes([5, 1, 0]))
            assert exactly(wire, 2) == bytes([5, 0])
            wire.sendall(bytes([5, 1, 0, 3, len(host)]) + host.encode() + bytes([0, 80]))
        else:
            wire.sendall(bytes([4, 1, 0, 80, 0, 0, 0, 1]) + b"a\0" + host.encode() + b"\0")
        return exactly(wire, 2)[1]


def test_a_sub_domain_is_fetched_under_the_credentials_of_its_address(
    fetcher: OnionFetcher, services: Services
) -> None:
    assert body(fetcher, services.permit(f"www.{services.up}")) == f"www.{services.up}".encode()


def test_several_fetchers_reach_one_address_at_once(tor: RunningTor, services: Services) -> None:
    """As a visit and the canary do, and two connections of one visit."""
    fetchers = [OnionFetcher(tor, bytes([number]) * 32, "test") for number in range(2)] * 4
    with ThreadPoolExecutor(len(fetchers)) as threads:
        bodies = threads.map(lambda one: body(one, services.permit(services.up)), fetchers)
        assert set(bodies) == {services.up.encode()}


def test_an_unlisted_onion_is_refused_inside_tor(tor: RunningTor, services: Services, network: PrivateNetwork) -> None:
    with tor.registered(services.unlisted, FOREIGN):
        assert reply_of(tor, services.unlisted) == NOT_ALLOWED
    assert services.unlisted not in Counting.asked
    # The control: it is up, and a tor without a gate reaches it.
    with dial("127.0.0.1", network.start_client("ungated").socks_port, Meter(BUDGET)) as wire:
        assert connect(wire, services.unlisted, 80, Credentials(b"a", b"b")) == 0


@pytest.mark.parametrize("host", ["example.com", "localhost", "127.0.0.1", "93.184.216.34"])
def test_what_is_no_onion_is_refused_inside_tor(host: str, tor: RunningTor) -> None:
    assert reply_of(tor, host) == NOT_ALLOWED


def test_causes_that_only_tor_can_tell(fetcher: OnionFetcher, services: Services) -> None:
    assert cause(fetcher, services.permit(services.unpublished)) is FailureCause.NO_DESCRIPTOR
    assert cause(fetcher, services.permit(services.backend_down)) is FailureCause.BACKEND_DOWN
    assert cause(fetcher, services.permit(services.up, scheme="https")) is FailureCause.PORT_CLOSED


def test_a_stream_whose_circuits_are_lost_is_never_refused(
    tor: RunningTor, own: OwnTor, network: PrivateNetwork, services: Services
) -> None:
    """Tor tries on by itself, or says that the circuit was lost: the gate has no second word on a stream."""
    refused, permit = tor.refused_streams(), services.permit(services.up)
    with control_of(own) as hands, ThreadPoolExecutor(1) as visit:
        network.host.freeze()
        try:
            waiting = visit.submit(body, OnionFetcher(tor, b"w" * 32, "test"), permit)
            for _ in range(2):
                lose_a_circuit(hands)
        finally:
            network.host.thaw()
        assert waiting.result() == services.up.encode()
        sent = visit.submit(cause, OnionFetcher(tor, b"s" * 32, "test"), services.permit(services.stuck))
        assert lost_now(hands, under_way(hands, services.stuck, "SENTCONNECT")[1])
        assert sent.result() is FailureCause.CIRCUIT_LOST
    assert tor.refused_streams() == refused


def control_port_of(own: OwnTor) -> int:
    return int((own.data_directory / "control-port").read_text().rpartition(":")[2])


def control_of(own: OwnTor) -> RehearsalTorControl:
    return RehearsalTorControl(control_port_of(own), (own.data_directory / "control_auth_cookie").read_bytes())


def lose_a_circuit(hands: RehearsalTorControl) -> None:
    """One that tor has built towards an onion service for a stream that waits."""

    def lost() -> bool:
        status = hands.ask("GETINFO circuit-status")
        of_waiting = re.findall(
            r"^(?:circuit-status=)?(\d+) BUILT .* HS_STATE=HSC[IR]_(?!JOINED)", status, re.MULTILINE
        )
        return any([lost_now(hands, circuit) for circuit in of_waiting])  # noqa: C419 - all of them

    until(lost, 60, "circuits towards an onion service that does not answer")


def lost_now(hands: RehearsalTorControl, circuit: str) -> bool:
    with suppress(ControlRefused):  # it may have ended by itself
        hands.ask(f"CLOSECIRCUIT {circuit}")
        return True
    return False


def under_way(hands: RehearsalTorControl, address: str, state: str, after: int = 0) -> tuple[int, str]:
    """A stream to this address, later than that one, which was sent or has succeeded; and its circuit."""
    found: list[tuple[int, str]] = []

    def is_there() -> bool:
        status = hands.ask("GETINFO stream-status").removeprefix("stream-status=")
        rows = re.findall(rf"^(\d+) {state} ([1-9]\d*) {address}:80", status, re.MULTILINE)
        found[:] = [(int(stream), circuit) for stream, circuit in rows if int(stream) > after]
        return bool(found)

    until(is_there, 60, f"a stream that is {state}")
    return found[0]


def answered(hands: RehearsalTorControl, address: str, after: int = 0) -> tuple[int, str]:
    """As `under_way`, once tor has handed on an answer: it says each second how many bytes it gave us."""
    hands.ask("SETEVENTS STREAM_BW")
    stream, circuit = under_way(hands, address, "SUCCEEDED", after)
    told = re.compile(rf"STREAM_BW {stream} \d+ \d{{3}}")
    until(lambda: told.match(hands.event(1) or "") is not None, 60, "the bytes of an answer")
    hands.ask("SETEVENTS")
    return stream, circuit


def test_a_clients_key_stays_in_memory(tor: RunningTor, own: OwnTor, fetcher: OnionFetcher, services: Services) -> None:
    permit = services.permit(services.authorised)
    assert cause(fetcher, permit) in {FailureCause.AUTHORISATION_MISSING, FailureCause.NO_DESCRIPTOR}
    assert tor.authorise(services.authorised, services.key)
    assert body(fetcher, permit) == services.authorised.encode()
    held = [path.read_bytes() for path in own.data_directory.rglob("*") if path.is_file()]
    assert held
    assert not any(services.key.encode() in content for content in held)


def test_a_body_that_is_cut_is_laid_at_the_right_door(
    tor: RunningTor, own: OwnTor, fetcher: OnionFetcher, services: Services
) -> None:
    permit, pid = services.permit(services.stalls), tor.pid
    assert pid is not None
    with ThreadPoolExecutor(1) as visit:
        with control_of(own) as hands:
            cut = visit.submit(fetcher.get, permit, BUDGET)
            stream, circuit = answered(hands, services.stalls)
            assert lost_now(hands, circuit)
            answer = cut.result()
            assert isinstance(answer, Response), answer
            assert not answer.complete
            assert answer.untrusted_body == services.stalls.encode()
            cut = visit.submit(fetcher.get, permit, BUDGET)
            answered(hands, services.stalls, after=stream)
        os.kill(pid, signal.SIGKILL)
        failed = cut.result()
    assert isinstance(failed, Failed), failed
    assert failed.cause is FailureCause.TOR_NOT_READY
    revived(tor, pid)


def revived(tor: RunningTor, old: int | None) -> None:
    until(lambda: tor.pid not in {None, old} and tor.health().healthy, 60, "tor after its end")


def test_a_tor_that_dies_is_started_again(tor: RunningTor, fetcher: OnionFetcher, services: Services) -> None:
    assert tor.authorise(services.authorised, services.key)
    pid = tor.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: tor.socks_address() is None, 10, "the end of tor")
    assert not tor.health().running
    assert cause(fetcher, services.permit(services.up)) is FailureCause.TOR_DOWN
    revived(tor, pid)
    assert body(fetcher, services.permit(services.up)) == services.up.encode()
    assert body(fetcher, services.permit(services.authorised)) == services.authorised.encode()


def test_a_tor_without_its_gate_is_ended_and_started_again(
    tor: RunningTor, fetcher: OnionFetcher, services: Services
) -> None:
    life, pid = tor._life, tor.pid
    assert life is not None
    assert life.gate is not None
    life.gate.close()
    revived(tor, pid)
    assert reply_of(tor, services.up) == NOT_ALLOWED
    assert body(fetcher, services.permit(services.up)) == services.up.encode()


def test_a_tor_that_hangs_is_not_running(tor: RunningTor) -> None:
    pid = tor.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        assert not tor.health().running
    finally:
        os.kill(pid, signal.SIGCONT)
    until(lambda: tor.health().healthy, 30, "tor after its pause")


def test_a_running_tor_is_used_and_left_alone(network: PrivateNetwork, services: Services) -> None:
    # Somebody else's: of a tor that this very process started, stem would take ownership.
    client = network.start_client("running", [f"__OwningControllerProcess {os.getppid()}"])
    socks, control = ("127.0.0.1", client.socks_port), ("127.0.0.1", client.node.control_port)
    attached = attach_tor(RunningElsewhere(socks, control, Login()))
    assert not isinstance(attached, Refused), attached
    with attached:
        assert attached.health().healthy
        assert attached.gate is Gating.NOT_OURS
        assert body(OnionFetcher(attached, bytes(32), "test"), services.permit(services.up)) == services.up.encode()
    assert "version=" in client.node.control.ask("GETINFO version")
    with dial(*socks, Meter(BUDGET)) as wire:
        assert connect(wire, services.up, 80, FOREIGN) == 0, "it has no gate: whoever uses it reaches what they like"


def test_a_running_tor_that_was_started_again_is_given_the_clients_keys_again(
    network: PrivateNetwork, services: Services
) -> None:
    (control,) = free_ports(1)
    more = [f"__OwningControllerProcess {os.getppid()}", f"ControlPort 127.0.0.1:{control}"]
    theirs = network.start_client("restarted", more)
    socks = theirs.socks_port
    attached = attach_tor(RunningElsewhere(("127.0.0.1", socks), ("127.0.0.1", control), Login()))
    assert not isinstance(attached, Refused), attached
    with attached:
        fetcher, permit = OnionFetcher(attached, bytes(32), "test"), services.permit(services.authorised)
        assert cause(fetcher, permit) in {FailureCause.AUTHORISATION_MISSING, FailureCause.NO_DESCRIPTOR}, "the control"
        assert attached.authorise(services.authorised, services.key)
        assert body(fetcher, permit) == services.authorised.encode()
        theirs.node.kill()
        until(lambda: not attached.health().running, 10, "the end of a tor that is not ours")
        assert attached.socks_address() is None
        assert cause(fetcher, permit) is FailureCause.TOR_DOWN
        theirs.node.start(network.torrc_extra_for_client() + torrc.client(socks, more))
        until(lambda: attached.health().healthy, 60, "a tor that is not ours, started again")
        assert body(fetcher, permit) == services.authorised.encode()


@pytest.mark.parametrize(
    ("cookie", "cause"),
    [
        (None, "is not there"),
        (b"short", "holds 5 bytes, where a control cookie has 32"),
        (bytes(32), "is not that of the control port 127.0.0.1:"),
        ("a directory", "is a directory"),
    ],
)
def test_a_control_cookie_that_is_none_is_told_by_what_is_wrong_with_it(
    cookie: bytes | str | None, cause: str, own: OwnTor, tor: RunningTor, tmp_path: Path
) -> None:
    assert tor.pid is not None
    path = tmp_path / "cookie"
    if isinstance(cookie, bytes):
        write(path, cookie)
    elif cookie is not None:
        path.mkdir()
    control = control_port_of(own)
    refused = attach_tor(RunningElsewhere(("127.0.0.1", 1), ("127.0.0.1", control), Login(cookie=path)))
    assert isinstance(refused, Refused)
    (fault,) = refused.faults
    assert str(path) in fault.where
    assert cause in fault.cause
    assert "CookieAuthFile" in fault.fix


def test_a_control_connection_that_was_closed_says_nothing_and_takes_nothing(own: OwnTor, tor: RunningTor) -> None:
    """A tor that ends, or is connected to anew, may be asked by another thread at that moment."""
    assert tor.pid is not None
    control = connect_to("127.0.0.1", control_port_of(own), Login())
    assert not isinstance(control, Fault)
    assert control.facts() is not None
    control.close()
    assert control.facts() is None
    assert not control.authorise({"a" * 56: bytes(32)})


def test_where_no_tor_runs_none_is_used() -> None:
    refused = attach_tor(RunningElsewhere(("127.0.0.1", 1), ("127.0.0.1", 1), Login()))
    assert isinstance(refused, Refused)
    assert "does not answer" in refused.faults[0].cause


@pytest.mark.parametrize("login", [Login(), Login(cookie=Path("cookie"))])
def test_what_answers_otherwise_is_no_control_port(login: Login, tor: RunningTor, tmp_path: Path) -> None:
    """The SocksPort, named for the control port: easily mistaken for one another."""
    if login.cookie is not None:
        login = Login(cookie=tmp_path / login.cookie)
        write(tmp_path / "cookie", bytes(32))
    socks = tor.socks_address()
    assert socks is not None
    refused = attach_tor(RunningElsewhere(socks, socks, login))
    assert isinstance(refused, Refused)
    assert "`tor.control`" in refused.faults[0].fix


@pytest.mark.parametrize("nobody", [False, True])
def test_a_running_tor_is_used_only_by_its_socks_port(own: OwnTor, tor: RunningTor, *, nobody: bool) -> None:
    """Behind any other, every site would seem not to answer."""
    assert tor.pid is not None
    control = control_port_of(own)
    refused = attach_tor(RunningElsewhere(("127.0.0.1", 1 if nobody else control), ("127.0.0.1", control), Login()))
    assert isinstance(refused, Refused)
    assert (refused.faults[0].cause, "tor.socks" in refused.faults[0].fix) == ("does not answer as tor's does", True)


def test_a_start_that_takes_too_long_says_how_far_it_came(tmp_path: Path) -> None:
    refused = start_tor(OwnTor(tmp_path / "d", None, torrc_extra=LONELY, seconds_to_bootstrap=1), lambda *_: None)
    assert isinstance(refused, Refused)
    assert "did not join its network within 1 s" in refused.faults[0].cause
    assert "%" in refused.faults[0].cause


def test_what_is_stopped_leaves_no_process(network: PrivateNetwork, services: Services, tmp_path: Path) -> None:
    own = OwnTor(tmp_path / "d", services.listed, torrc_extra=network.torrc_extra_for_client())
    tor = start_tor(own, lambda _words, _percent: None)
    assert isinstance(tor, RunningTor), tor
    pid = tor.pid
    assert pid is not None
    tor.stop()
    tor.stop()
    assert not tor.health().running
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        pytest.fail("it still runs")


def test_a_data_directory_has_one_tor(own: OwnTor, tor: RunningTor) -> None:
    assert tor.pid is not None
    refused = start_tor(own, lambda _words, _percent: None)
    assert isinstance(refused, Refused)
    assert "tor says" in refused.faults[0].cause
