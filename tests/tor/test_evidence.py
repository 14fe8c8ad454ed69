"""On the private network: each way in which a site fails, as two of our own tors see it, and what that proves."""

import http.server
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from config.clock import utc_now
from config.faults import Refused
from reports.files import renew_directory
from reports.sighting import Evidence, Look, SiteState
from scanner.authority.permit import ListPermits, Permit, PermitPurpose
from scanner.exchange.failure import FailureCause
from scanner.exchange.onion_fetcher import OnionFetcher
from scanner.exchange.port import Budget, Failed
from scanner.liveness.assess import PUBLICATION, evidence, look, needs_second_look
from scanner.rehearsal.network.onion_services import OnionKey, OnionService
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.tor_node import Node
from scanner.rehearsal.network.waiting import until
from scanner.tor import BOOTSTRAP_FILES, OwnTor, RunningTor, SecondTor, TorPool, start_tor, start_tors
from scanner.tor.control import Progress
from scanner.tor.port import Tor
from scanner.tor.tor_pool import number_of
from tests.authority.making import NOW, a_target, verified

pytestmark = pytest.mark.network
BUDGET = Budget(12, 2**20)
"""Shorter than tor's own time-out: a frozen host then ends by our deadline, with the same cause."""


class Plain(http.server.BaseHTTPRequestHandler):
    """Answers 503: a site that is up, however badly."""

    def do_GET(self) -> None:
        self.send_error(503)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@dataclass(frozen=True)
class Sites:
    """Up badly, never published, its host killed, its host frozen."""

    up: str
    unpublished: str
    killed: str
    frozen: str
    host_killed: Node
    host_frozen: Node
    permits: ListPermits

    def listed(self, address: str) -> bool:
        return self.permits.listed(address, NOW)

    def permit(self, address: str) -> Permit:
        permit = self.permits.permit(f"http://{address}/", NOW, PermitPurpose.PAGE)
        assert isinstance(permit, Permit)
        return permit


def _two_of_each(key: Callable[[], OnionKey]) -> OnionKey:
    """A key whose site belongs to the second of two tors, so that both are used."""
    return next(one for one in iter(key, None) if number_of(one.address, 2) == 1)


@pytest.fixture(scope="module")
def sites(network: PrivateNetwork) -> Iterator[Sites]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        up, killed, frozen = (
            OnionService(server.server_port, key)
            for key in (_two_of_each(OnionKey.new), OnionKey.new(), OnionKey.new())
        )
        host_killed, host_frozen = network.start_host("tokill"), network.start_host("tofreeze")
        network.add_onion_services([up])
        network.add_onion_services([killed], host_killed)
        network.add_onion_services([frozen], host_frozen)
        unpublished = OnionKey.new().address
        addresses = (up.key.address, unpublished, killed.key.address, frozen.key.address)
        permits = ListPermits([verified(targets=[a_target(1, address=address) for address in addresses])], None)
        yield Sites(*addresses, host_killed, host_frozen, permits)
        server.shutdown()


@pytest.fixture(scope="module")
def tors(network: PrivateNetwork, sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TorPool]:
    folder = tmp_path_factory.mktemp("tors")
    own = OwnTor(folder, sites.listed, torrc_extra=network.torrc_extra_for_client())
    started = start_tors(own, [folder / "tor", folder / "tor-2"], lambda _words, _percent: None)
    assert isinstance(started, TorPool), started
    yield started
    started.stop()


@pytest.fixture(scope="module")
def second(
    network: PrivateNetwork, sites: Sites, tors: TorPool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecondTor]:
    fresh = tmp_path_factory.mktemp("second") / "tor-second"
    fresh.mkdir()
    (fresh / "state").write_text("what an earlier life left")
    own = OwnTor(fresh, sites.listed, torrc_extra=network.torrc_extra_for_client())
    first = tors.tors[0].data_directory

    def start(progress: Progress) -> RunningTor | Refused:
        return renew_directory(fresh, [first / name for name in BOOTSTRAP_FILES]) or start_tor(own, progress)

    made = SecondTor(start, own.refused_streams, idle_seconds=0.5)
    with made.held(Event()) as tor:
        assert tor is not None
        assert "what an earlier life left" not in (fresh / "state").read_text()
        yield made
        assert made.running, "as long as somebody holds it"
    until(lambda: not made.running, 30, "the end of a second tor that nobody asks")
    made.stop()
    with made.held(Event()) as tor:
        assert tor is None


def seen(tor: Tor, permit: Permit) -> Look:
    result = OnionFetcher(tor, bytes(32), "test").get(permit, BUDGET)
    return look(utc_now(), result.cause.value if isinstance(result, Failed) else "", tor.health())


def proven(sites: Sites, tors: TorPool, second: SecondTor, address: str, *, failing: bool = False) -> Evidence:
    """What both see; `failing`: whether the site was failing before, longer ago than publication takes."""
    permit, since = sites.permit(address), utc_now() - 2 * PUBLICATION if failing else None
    first = seen(tors.of(address), permit)
    with second.held(Event()) as tor:
        assert tor is not None
        return evidence(first, seen(tor, permit) if needs_second_look(first) else None, since)


def test_an_answer_of_503_is_a_sign_of_life(sites: Sites, tors: TorPool, second: SecondTor) -> None:
    found = proven(sites, tors, second, sites.up)
    assert (found.state, found.second) == (SiteState.UP, None)


def test_no_descriptor_is_publication_at_first_and_proof_later(sites: Sites, tors: TorPool, second: SecondTor) -> None:
    found = proven(sites, tors, second, sites.unpublished)
    assert found.state is SiteState.FAILING
    assert found.second is not None
    assert found.second.cause == FailureCause.NO_DESCRIPTOR.value
    assert proven(sites, tors, second, sites.unpublished, failing=True).state is SiteState.DOWN


@pytest.mark.slow  # two time-outs are waited out
def test_a_frozen_host_is_failing_and_never_down(sites: Sites, tors: TorPool, second: SecondTor) -> None:
    sites.host_frozen.freeze()
    try:
        found = proven(sites, tors, second, sites.frozen, failing=True)
    finally:
        sites.host_frozen.thaw()
    assert found.state is SiteState.FAILING
    assert found.second is not None
    assert found.second.cause == FailureCause.CIRCUIT_LOST.value


def test_a_host_that_was_killed_is_down(sites: Sites, tors: TorPool, second: SecondTor) -> None:
    assert not seen(tors.of(sites.killed), sites.permit(sites.killed)).cause, "it is up before, so its circuit is warm"
    sites.host_killed.kill()
    states = []

    def is_down() -> bool:
        """Introduction circuits take a moment to be seen as gone; until then it is failing, and nothing else."""
        states.append(proven(sites, tors, second, sites.killed).state)
        return states[-1] is SiteState.DOWN

    until(is_down, 90, "evidence that the killed host is gone")
    assert set(states) <= {SiteState.FAILING, SiteState.DOWN}


def test_the_start_of_a_second_tor_is_broken_off_when_the_scanner_stops(
    network: PrivateNetwork, sites: Sites, tmp_path: Path
) -> None:
    own = OwnTor(tmp_path / "data", sites.listed, torrc_extra=network.torrc_extra_for_client())
    second, stop = SecondTor(lambda progress: start_tor(own, progress), own.refused_streams), Event()
    stop.set()
    with second.held(stop) as tor:
        assert tor is None
    assert not second.running


@pytest.mark.slow
def test_with_one_of_our_tors_dead_its_sites_are_unknown_and_the_others_go_on(
    sites: Sites, tors: TorPool, second: SecondTor
) -> None:
    dead, other = tors.of(sites.up), tors.tors[0]
    assert dead is not other
    pid = dead.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: dead.pid is None, 30, "the end of the killed tor to be noticed")
    assert proven(sites, tors, second, sites.up).state is SiteState.UNKNOWN
    assert not tors.healthy_now()(sites.up)
    assert other.health().healthy
    until(lambda: dead.pid not in {None, pid} and dead.health().healthy, 60, "the dead tor, started again")
    assert proven(sites, tors, second, sites.up).state is SiteState.UP
