"""No byte of a site reaches the disk or the screen: a real scan, over the private network, of a site full of canaries.

By strace, which sees every write to a file wherever it lies, also one that never reached the disk. What strace cannot
see (memory mapped into a file, a core dump) is found by the search of a whole disk in `test_raw_disk.py`.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from scanner.rehearsal.command import PROGRAM, Sightline
from scanner.rehearsal.first_hour import Prepared, own_tor, prepare
from scanner.rehearsal.network import PrivateNetwork
from scanner.rehearsal.onion_services import OnionKey, OnionService
from scanner.rehearsal.plan import SitePlan
from scanner.rehearsal.programs import TorPrograms
from scanner.rehearsal.sites import Site
from tests.guardrails.canaries import ANSWERS, CANARY, PICTURE, forms
from tests.guardrails.tracing import file_writes, files_with, traced, written_with

pytestmark = pytest.mark.network


@dataclass(frozen=True)
class Scanned:
    """What was left of one scan under watch."""

    ground: Path
    trace: Path
    prepared: Prepared
    outbox: list[Path]
    said: str


@pytest.fixture(scope="module")
def scanned(network: PrivateNetwork, tor_programs: TorPrograms, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """A site full of canaries, visited once by the real command line, every write on the record."""
    ground = tmp_path_factory.mktemp("watched")
    trace = tmp_path_factory.mktemp("trace") / "strace.txt"
    plan = SitePlan("canaries", OnionKey.new(), ANSWERS)
    (ground / "network.torrc").write_text(network.torrc_extra_for_client())
    hasher = WorkerHasher(workers=1, accepted=Layer.NAMESPACES)
    prepared = prepare(ground, [plan], hasher, own_tor(tor_programs.tor, ground / "network.torrc"))
    hasher.close()
    for name in ("tmp", "home"):
        (ground / name).mkdir()
    with Site(ANSWERS) as site:
        network.add_onion_services([OnionService(site.port, plan.key)])
        command = [*PROGRAM, "--config", str(prepared.configuration), "scan", "--once", "--json"]
        ended = traced(command, trace, {"TMPDIR": str(ground / "tmp"), "HOME": str(ground / "home")})
    assert ended.returncode == 0, ended.stderr
    assert f"/{CANARY}.jpg" in [asked.path for asked in site.asked]
    outbox = [Path(one["file"]) for one in json.loads(ended.stdout)["referrals"]]
    return Scanned(ground, trace, prepared, outbox, ended.stdout + ended.stderr)


def test_no_canary_was_written_to_any_file(scanned: Scanned) -> None:
    assert sum(1 for _ in file_writes(scanned.trace)) > 20  # the store, at least, was written
    for form in forms(CANARY).values():
        assert written_with(scanned.trace, form.decode("latin-1")) == set()


def test_no_canary_lies_in_any_folder(scanned: Scanned) -> None:
    assert files_with(scanned.ground, CANARY.encode()) == []


def test_no_canary_was_shown(scanned: Scanned) -> None:
    assert CANARY not in scanned.said


def test_what_was_found_is_sealed_and_only_its_recipient_reads_it(scanned: Scanned) -> None:
    """The control of the three above: the canaries were met, and stand in the referral as places."""
    assert len(scanned.outbox) == 1
    keys = ("--identity", str(scanned.prepared.identity), "--public-key", str(scanned.prepared.scanner_public_key))
    referral = Sightline().run("reports", "open", str(scanned.outbox[0]), *keys)
    assert json.dumps(referral).count(f"/{CANARY}.jpg") >= 2
    assert CANARY.encode() not in scanned.outbox[0].read_bytes()


def test_the_watch_sees_a_file_that_was_deleted_at_once(tmp_path: Path) -> None:
    """The control of the trace: a leak that leaves nothing in any folder."""
    leak = f"import os; f = open('{tmp_path}/x', 'wb'); f.write(b'.{CANARY}.'); f.close(); os.unlink('{tmp_path}/x')"
    traced([sys.executable, "-c", leak], tmp_path / "strace.txt", {})
    assert written_with(tmp_path / "strace.txt", CANARY) == {f"{tmp_path}/x"}
    (tmp_path / "strace.txt").unlink()
    assert files_with(tmp_path, CANARY.encode()) == []


def test_the_search_sees_a_file_that_was_left(tmp_path: Path) -> None:
    """The control of the search."""
    (tmp_path / "left").write_bytes(PICTURE)
    (tmp_path / CANARY).touch()
    assert set(files_with(tmp_path, CANARY.encode())) == {tmp_path / "left", tmp_path / CANARY}
