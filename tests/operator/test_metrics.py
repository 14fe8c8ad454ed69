"""Metrics: on the loopback when they are asked for, and silent about sites and findings."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.clock import utc_now
from config.faults import Refused
from scanner.daemon.metrics import Metrics, serve
from scanner.daemon.metrics_server import ASKER_SECONDS
from scanner.exchange.failure import FailureCause
from tests.authority.making import address
from tests.operator.desk import Desk, SimulatedScanner, refer
from tests.simulators.onions import Reply, page_of, picture


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def scanner(tmp_path: Path, port: int) -> Iterator[SimulatedScanner]:
    """A daemon that has visited three sites: one with a finding, one without, one that does not answer."""
    desk = Desk(tmp_path, sites=3, settings=f'\n[metrics]\nendpoint = "127.0.0.1:{port}"\n')
    home = f"http://{address(1)}"
    replies: dict[str, Reply | FailureCause] = {
        f"{home}/": page_of(pictures=[f"{home}/a.png", f"{home}/b.png"]),
        f"{home}/a.png": picture("known-a"),
        f"{home}/b.png": picture("new-b"),
        f"http://{address(2)}/": FailureCause.NO_DESCRIPTOR,
    }
    scanner = desk.scanner(replies)
    yield scanner
    scanner.ledger.close()


def asked(scanner: SimulatedScanner, port: int) -> str:
    """One tick, its visits, and then what the metrics say."""
    daemon = scanner.daemon()
    scanner.refused["not listed"] = 2
    daemon.tick()
    daemon._rounds.close(30)
    daemon._referring.next_due = dict.fromkeys(daemon._referring.next_due, 0.0)
    refer(daemon)
    daemon.tallies.ticked(0.01, 0)
    metrics = Metrics(daemon.tallies, scanner.ledger, {scanner.settings.recipients[0].first_key: "Desk"}, utc_now)
    close = serve(scanner.settings, metrics)
    assert not isinstance(close, Refused), close
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            with connection.makefile("rb") as answer:
                return answer.read().decode()
    finally:
        close()


def test_they_tell_how_the_scanner_does(scanner: SimulatedScanner, port: int) -> None:
    said = asked(scanner, port)
    for line in (
        'sightline_sites{state="up"} 2.0',
        'sightline_sites{state="no answer"} 1.0',
        'sightline_sites_by_outcome{outcome="no descriptor found"} 1.0',
        'sightline_visits_total{outcome="visited"} 2.0',
        "sightline_pages_total 2.0",
        "sightline_queue_depth 0.0",
        "sightline_tor_healthy 1.0",
        'sightline_tor_refused_streams_total{why="not listed"} 2.0',
        "sightline_store_answers 1.0",
        "sightline_worker_kills_total 0.0",
        "sightline_paused 0.0",
        'sightline_referral_age_seconds{recipient="Desk"}',
        "sightline_last_tick_seconds 0.01",
    ):
        assert line in said


def test_they_name_no_site_and_no_finding(scanner: SimulatedScanner, port: int) -> None:
    said = asked(scanner, port)
    assert "onion" not in said
    for word in ("match", "finding", "known", "closer", "picture", "novel"):
        assert not re.search(rf"^sightline\w*{word}", said, re.MULTILINE), word
    # The same whether the site had a finding or not: all that differs between two runs are times and bytes.
    names = {line.split("{")[0].split(" ")[0] for line in said.splitlines() if line.startswith("sightline_")}
    assert names == {name for name in names if name.removeprefix("sightline_").split("_")[0] in KINDS}


KINDS = {"visits", "pages", "received", "worker", "ticks", "tick", "last", "longest", "tor", "sites", "queue", "next"}
KINDS |= {"paused", "referral", "store"}


def held(port: int) -> int:
    """Connections to that port that somebody accepted and holds: one that still waits has no inode (proc(5))."""
    rows = [line.split() for line in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    listens = "0A"
    return sum(row[1].endswith(f":{port:04X}") and row[3] != listens and row[9] != "0" for row in rows)


def one_cut_off_while_others_wait(stack: ExitStack, port: int) -> None:
    """Five connect and say nothing whole; the first has been accepted, and is hung up on."""
    silent = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(5)]
    silent[0].sendall(b"GET /metr")
    silent[0].settimeout(10 * ASKER_SECONDS)
    assert silent[0].recv(1) == b""


def test_who_opens_many_connections_costs_no_more_than_one(scanner: SimulatedScanner, port: int) -> None:
    """Any user of this machine may connect: the files that the scanner may have open are not theirs to use up."""
    close = serve(scanner.settings, Metrics(scanner.daemon().tallies, scanner.ledger, {}, utc_now))
    assert not isinstance(close, Refused), close
    try:
        with ExitStack() as stack:
            one_cut_off_while_others_wait(stack, port)
            assert held(port) <= 1
    finally:
        close()


def test_a_server_that_takes_all_at_once_is_seen_to_hold_them(port: int) -> None:
    """The control of the test above."""
    with ExitStack() as stack, socket.create_server(("127.0.0.1", port)) as server:
        asking = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(3)]
        assert held(port) == 0
        for taken in range(1, len(asking) + 1):
            stack.enter_context(server.accept()[0])
            assert held(port) == taken


def test_a_port_that_is_taken_is_refused_with_its_mend(scanner: SimulatedScanner, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        metrics = Metrics(scanner.daemon().tallies, scanner.ledger, {}, utc_now)
        refused = serve(scanner.settings, metrics)
    assert isinstance(refused, Refused)
    assert refused.faults[0].where == "metrics.endpoint"


def test_without_an_endpoint_nothing_listens(tmp_path: Path, port: int) -> None:
    scanner = Desk(tmp_path).scanner()
    close = serve(scanner.settings, Metrics(scanner.daemon().tallies, scanner.ledger, {}, utc_now))
    assert not isinstance(close, Refused)
    close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


@pytest.mark.parametrize("elsewhere", ["0.0.0.0:9464", "192.0.2.1:9464", "example.org:9464", "127.0.0.1:0", "9464"])
def test_no_other_address_than_this_machines_is_taken(tmp_path: Path, elsewhere: str) -> None:
    desk = Desk(tmp_path)
    desk.configuration.write_text(f'{desk.configuration.read_text()}\n[metrics]\nendpoint = "{elsewhere}"\n')
    refused = desk.run("status")
    assert refused.exit_code == 3
    assert "metrics.endpoint" in refused.stderr
