"""`sightline run`, as an operator runs it, on the private network: visits, reloads, survives its tor, ends gently."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from config.clock import utc_now
from config.exit_codes import Exit
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from reports.files import write
from scanner.exchange.failure import FailureCause
from scanner.exchange.meter import Meter
from scanner.exchange.port import Budget
from scanner.exchange.socks import GRANTED, REPLIES, Credentials, connect
from scanner.exchange.wire import dial
from scanner.rehearsal.cli_runner import PROGRAM, Sightline
from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.gallery import KNOWN, plain
from scanner.rehearsal.network.control import RehearsalTorControl
from scanner.rehearsal.network.onion_services import OnionKey, OnionService
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.programs import TorPrograms
from scanner.rehearsal.onboarding import PreparedScanner, own_tor, prepare, target_list
from scanner.rehearsal.sites import CannedResponse, OnionSite

pytestmark = pytest.mark.network

ANSWERS = {
    "/": CannedResponse(b'<!doctype html><img src="/a.jpg">'),
    "/a.jpg": CannedResponse(plain(KNOWN["R-01"]), "image/jpeg"),
}
FAST = '\n[schedule]\ntick_seconds = 0.2\n\n[log]\nform = "json"\n'


@dataclass
class Daemon:
    """A running `sightline run`, and what it has logged."""

    prepared: PreparedScanner
    ground: Path
    process: "subprocess.Popen[str]" = field(init=False)

    def start(self) -> "Daemon":
        command = [*PROGRAM, "--config", str(self.prepared.configuration), "run"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        return self

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read the log until an event is as wanted; the test's own timeout bounds it."""
        assert self.process.stderr is not None
        said = []
        for line in self.process.stderr:
            said.append(line)
            event = json.loads(line) if line.startswith("{") else {}
            if event and wanted(event):
                return event
        pytest.fail(f"the daemon ended with {self.process.wait()}:\n{''.join(said)}")

    def until_visited(self, address: str) -> dict[str, Any]:
        return self.until(lambda event: event["event"] == "visit ended" and event["address"] == address)

    def list_sites(self, plans: Sequence[SitePlan]) -> None:
        """Bring a newer edition of the list into force, which names these."""
        operator, path = Sightline(self.prepared.configuration), self.ground / "authority" / "newer.json"
        write(path, json.dumps(target_list(plans, utc_now()) | {"sequence": 2}).encode())
        operator.run("targets", "sign", str(path), "--key", str(self.ground / "authority/signing.key"))
        operator.run("targets", "import", str(path))

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture
def plans() -> tuple[SitePlan, SitePlan]:
    return SitePlan("one", OnionKey.new(), ANSWERS), SitePlan("two", OnionKey.new(), ANSWERS)


@pytest.fixture
def daemon(
    network: PrivateNetwork, tor_programs: TorPrograms, tmp_path: Path, plans: tuple[SitePlan, SitePlan]
) -> Iterator[Daemon]:
    """A daemon whose list names the first of two published sites."""
    (tmp_path / "network.torrc").write_text(network.torrc_extra_for_client())
    hasher = WorkerHasher(workers=1, accepted=Layer.NAMESPACES)
    prepared = prepare(tmp_path, plans[:1], hasher, own_tor(tor_programs.tor, tmp_path / "network.torrc"))
    hasher.close()
    write(prepared.configuration, prepared.configuration.read_bytes() + FAST.encode())
    with OnionSite(ANSWERS) as site:
        network.add_onion_services([OnionService(site.port, plan.key) for plan in plans])
        running = Daemon(prepared, tmp_path).start()
        yield running
        running.process.kill()
        running.process.communicate()


def test_visits_what_is_due_reloads_lists_refuses_a_second_and_ends_gently(
    daemon: Daemon, plans: tuple[SitePlan, SitePlan]
) -> None:
    assert daemon.until_visited(plans[0].key.address)["outcome"] == "visited"
    second = subprocess.run(
        [*PROGRAM, "--config", str(daemon.prepared.configuration), "scan", "--once"], capture_output=True, check=False
    )
    assert second.returncode == Exit.BUSY, second.stderr
    daemon.list_sites(plans)
    assert daemon.until_visited(plans[1].key.address)["outcome"] == "visited"
    assert daemon.stop() == Exit.OK
    audited, _ = Sightline(daemon.prepared.configuration).judge("audit", "verify")
    assert audited


def test_killed_it_goes_on_from_the_store(daemon: Daemon, plans: tuple[SitePlan, SitePlan]) -> None:
    daemon.until(lambda event: event["event"] == "run started")
    assert daemon.stop(signal.SIGKILL) == -signal.SIGKILL
    again = daemon.start()
    assert again.until_visited(plans[0].key.address)["outcome"] == "visited"
    assert again.stop(signal.SIGINT) == Exit.OK
    audited, _ = Sightline(daemon.prepared.configuration).judge("audit", "verify")
    assert audited


def test_a_tor_that_is_killed_is_started_again_and_no_site_is_blamed(
    daemon: Daemon, plans: tuple[SitePlan, SitePlan], network: PrivateNetwork
) -> None:
    daemon.until_visited(plans[0].key.address)
    os.kill(tor_of(daemon.process.pid), signal.SIGKILL)
    daemon.until(lambda event: event["event"] == "tor is not well")
    daemon.until(lambda event: event["event"] == "tor is well again")
    assert daemon.stop() == Exit.OK
    assert network.pids


def test_another_process_reaches_no_listed_site_through_the_scanners_tor(
    daemon: Daemon, plans: tuple[SitePlan, SitePlan]
) -> None:
    """It finds the SocksPort and knows a listed address; the scanner's own visit of it is the control."""
    listed, unlisted = (plan.key.address for plan in plans)
    daemon.until_visited(listed)
    for address, why in ((listed, "not asked for by the scanner"), (unlisted, "not listed")):
        with dial(*socks_port(daemon.ground), Meter(Budget(60, 1000))) as wire:
            assert REPLIES[connect(wire, address, 80, Credentials(b"a", b"b"))] is FailureCause.REFUSED_BY_POLICY
        said = daemon.until(lambda event: event["event"] == "tor refused streams")
        assert (said["why"], said["streams"]) == (why, 1)
        assert address not in json.dumps(said)
    assert daemon.stop() == Exit.OK


def test_what_the_second_tors_gate_refuses_is_told_as_well(daemon: Daemon, plans: tuple[SitePlan, SitePlan]) -> None:
    """It runs because a listed site has no descriptor; another process finds its SocksPort."""
    gone = replace(plans[1], key=OnionKey.new())
    daemon.list_sites([plans[0], gone])
    assert daemon.until_visited(gone.key.address)["outcome"] == FailureCause.NO_DESCRIPTOR.value
    with dial(*socks_port(daemon.ground, "tor-second"), Meter(Budget(60, 1000))) as wire:
        reply = connect(wire, plans[0].key.address, 80, Credentials(b"a", b"b"))
        assert REPLIES[reply] is FailureCause.REFUSED_BY_POLICY
    said = daemon.until(lambda event: event["event"] == "tor refused streams")
    assert (said["why"], said["streams"]) == ("not asked for by the scanner", 1)
    assert daemon.stop() == Exit.OK


def test_once_it_is_killed_its_tor_carries_nothing_for_anybody(
    daemon: Daemon, plans: tuple[SitePlan, SitePlan]
) -> None:
    """Whether tor has noticed yet or not: without the gate no stream is attached, be its address listed."""
    listed = plans[0].key.address
    daemon.until_visited(listed)
    host, port = socks_port(daemon.ground)
    assert daemon.stop(signal.SIGKILL) == -signal.SIGKILL
    assert reply_of(host, port, listed) != GRANTED


def reply_of(host: str, port: int, address: str) -> int | None:
    """What tor says to another process; None when it hangs up, or is gone."""
    try:
        with dial(host, port, Meter(Budget(60, 1000))) as wire:
            return connect(wire, address, 80, Credentials(b"a", b"b"))
    except OSError:
        return None


def socks_port(ground: Path, tor: str = "tor") -> tuple[str, int]:
    """Of a tor of the scanner's own. Any local user sees it among the listening sockets; here tor itself is asked."""
    (named,) = ground.rglob(f"{tor}/control-port")
    cookie = (named.parent / "control_auth_cookie").read_bytes()
    with RehearsalTorControl(int(named.read_text().rpartition(":")[2]), cookie) as control:
        said = control.ask("GETINFO net/listeners/socks")
    return "127.0.0.1", int(said.split('"')[1].rpartition(":")[2])


def tor_of(parent: int) -> int:
    """The tor that this process has started."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    started = [pid for path in children for pid in path.read_text().split()]
    return next(int(pid) for pid in started if Path(f"/proc/{pid}/comm").read_text().strip() == "tor")
