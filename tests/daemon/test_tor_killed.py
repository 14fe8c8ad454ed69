"""`sightline scan --once` whose tor is killed while a page is under way: no site is blamed, and it is said.

So are streams that another process asked its tor for.
"""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from config.exit_codes import Exit
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from scanner.exchange.failure import FailureCause
from scanner.exchange.socks import GRANTED, REPLIES
from scanner.rehearsal.cli_runner import PROGRAM, Sightline
from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.network.onion_services import OnionKey, OnionService
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.programs import TorPrograms
from scanner.rehearsal.network.waiting import until
from scanner.rehearsal.onboarding import own_tor, prepare
from scanner.rehearsal.sites import CannedResponse, OnionSite
from tests.daemon.test_run import reply_of, socks_port, tor_of

pytestmark = pytest.mark.network

SLOW = {"/": CannedResponse(b"<!doctype html><title>slow</title>", after_seconds=5)}


def intrude(host: str, port: int, address: str) -> None:
    """As another process that found the scanner's SocksPort."""
    assert REPLIES.get(reply_of(host, port, address) or GRANTED) is FailureCause.REFUSED_BY_POLICY


@pytest.mark.parametrize(
    ("number", "code", "outcome"), [(signal.SIGKILL, Exit.DIFFERS, "given back"), (0, Exit.OK, "visited")]
)
def test_a_scan_whose_tor_is_killed_gives_its_visits_back_and_says_so(
    network: PrivateNetwork, tor_programs: TorPrograms, tmp_path: Path, number: int, code: Exit, outcome: str
) -> None:
    plan = SitePlan("slow", OnionKey.new(), SLOW)
    (tmp_path / "network.torrc").write_text(network.torrc_extra_for_client())
    hasher = WorkerHasher(workers=1, accepted=Layer.NAMESPACES)
    prepared = prepare(tmp_path, [plan], hasher, own_tor(tor_programs.tor, tmp_path / "network.torrc"))
    hasher.close()
    command = [*PROGRAM, "--config", str(prepared.configuration), "scan", "--once", "--json"]
    with OnionSite(SLOW) as site:
        network.add_onion_services([OnionService(site.port, plan.key)])
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as scan:
            until(lambda: site.connections > 0, 90, "the slow site asked")
            intrude(*socks_port(tmp_path), plan.key.address)
            os.kill(tor_of(scan.pid), number)
            said, _ = scan.communicate(timeout=120)
    whole = json.loads(said)
    assert (scan.returncode, whole["given_back"]) == (code, int(number != 0))
    assert [visit["outcome"] for visit in whole["visits"]] == [outcome]
    assert whole["refused_streams"] == {"not listed": 0, "not asked for by the scanner": 1}
    assert Sightline(prepared.configuration).judge("audit", "verify")[0]
