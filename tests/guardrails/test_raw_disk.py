"""No byte of a site lies anywhere on the scanner's disk, whatever happens: the disk itself is searched, byte by byte.

Everything of the scanner (state, configuration, home, temporary files, working directory, and so core dumps) lies on a
loop-mounted file system. Scans of a site full of canaries are killed, crash in a worker and in the scanner, and meet a
full disk; then one passes. What deleted files and rows left behind is seen too, as the controls show.
"""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.exit_codes import Exit
from matcher.worker.hasher import WorkerHasher
from scanner.rehearsal.cli_runner import PROGRAM, Sightline
from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.network.onion_services import OnionKey, OnionService
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.programs import TorPrograms
from scanner.rehearsal.network.waiting import until
from scanner.rehearsal.onboarding import PreparedScanner, own_tor, prepare
from scanner.rehearsal.sites import OnionSite
from tests.guardrails.canaries import ANSWERS, CANARY, DRIPPING, INLINE, PAGE, PICTURE, forms
from tests.guardrails.raw_disk import Disk, mounted, unavailable

pytestmark = pytest.mark.skipif(unavailable() != "", reason=unavailable() or "there is such a disk")
CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
SECONDS = 90
SECONDS_PER_EXCHANGE = 8
"""Each scan waits so long for the dripping picture."""
FORMS = forms(CANARY)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path, 24) as disk:
        yield disk


@dataclass(frozen=True)
class Scanner:
    """A scanner whose whole world is one disk, and the site that it scans."""

    disk: Disk
    site: OnionSite
    prepared: PreparedScanner

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a scan that may dump its core, if nothing of its own keeps it from that."""
        ground = self.disk.folder
        return subprocess.Popen(
            [*PROGRAM, "--config", str(self.prepared.configuration), "scan", "--once", "--json"],
            cwd=ground,
            env={**os.environ, "TMPDIR": str(ground / "tmp"), "HOME": str(ground / "home")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=cores_allowed,  # noqa: PLW1509 - one thread
        )

    def struck(self, strike: "Callable[[subprocess.Popen[bytes]], None]") -> tuple[int, bytes, bytes]:
        """Start a scan, strike it while the dripping picture is under way, and wait; its exit status and its words."""
        before = self._drips()
        with self.start() as process:
            until(lambda: self._drips() > before, SECONDS, "the dripping picture is asked for")
            strike(process)
            said, complained = process.communicate(timeout=SECONDS)
        return process.returncode, said, complained

    def _drips(self) -> int:
        return sum(asked.path == DRIPPING for asked in self.site.asked)


@pytest.fixture(scope="module")
def scanner(
    network: PrivateNetwork, tor_programs: TorPrograms, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scanner]:
    with mounted(tmp_path_factory.mktemp("raw"), 192) as disk, OnionSite(ANSWERS) as site:
        ground, plan, hasher = disk.folder / "ground", SitePlan("canaries", OnionKey.new(), ANSWERS), WorkerHasher(1)
        for folder in (ground, disk.folder / "tmp", disk.folder / "home"):
            folder.mkdir(mode=0o700)
        (ground / "network.torrc").write_text(network.torrc_extra_for_client())
        prepared = prepare(
            ground, [plan], hasher, own_tor(tor_programs.tor, ground / "network.torrc"), SECONDS_PER_EXCHANGE
        )
        hasher.close()
        network.add_onion_services([OnionService(site.port, plan.key)])
        yield Scanner(disk, site, prepared)


def cores_allowed() -> None:
    """As on a machine whose administrator wants every core dump."""
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))


def workers_of(process: "subprocess.Popen[bytes]") -> list[int]:
    """The confined workers that a scanner started."""
    children = [
        int(child)
        for task in Path(f"/proc/{process.pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [child for child in children if b"worker" in Path(f"/proc/{child}/cmdline").read_bytes()]


def crash_the_workers(process: "subprocess.Popen[bytes]") -> None:
    workers = workers_of(process)
    assert workers
    for worker in workers:
        os.kill(worker, signal.SIGSEGV)


@pytest.mark.slow  # in `make test` the rehearsal searches a disk of its own
@pytest.mark.network
@pytest.mark.timeout(400)
def test_no_canary_lies_anywhere_on_the_disk_after_kills_crashes_and_a_full_disk(scanner: Scanner) -> None:
    assert scanner.struck(lambda process: process.kill())[0] == -signal.SIGKILL
    assert scanner.struck(lambda process: process.send_signal(signal.SIGSEGV))[0] == -signal.SIGSEGV
    assert scan_of_a_full_disk(scanner) == Exit.STORE
    status, said, complained = scanner.struck(crash_the_workers)
    assert status == Exit.OK, complained
    assert CANARY.encode() not in said + complained
    outbox = [Path(one["file"]) for one in json.loads(said)["referrals"]]
    assert scanner.disk.holds(FORMS) == set()
    assert list(scanner.disk.folder.glob("core*")) == []
    assert_the_canaries_were_met(scanner, outbox)


def scan_of_a_full_disk(scanner: Scanner) -> int:
    """A scan that begins on a disk with nothing left; its exit status. Afterwards there is room again."""
    filler = scanner.disk.folder / "filler"
    free = os.statvfs(scanner.disk.folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, (free.f_bavail - 64) * free.f_frsize)
    with scanner.start() as process:
        process.communicate(timeout=SECONDS)
    filler.unlink()
    return int(process.returncode)


def assert_the_canaries_were_met(scanner: Scanner, outbox: list[Path]) -> None:
    """The control: the recipient reads the canaries' places in the sealed referrals, and nobody else can."""
    prepared = scanner.prepared
    keys = ("--identity", str(prepared.identity), "--public-key", str(prepared.scanner_public_key))
    opened = [json.dumps(Sightline().run("reports", "open", str(one), *keys)) for one in outbox]
    assert any(f"/{CANARY}.jpg" in referral for referral in opened)


def test_a_file_that_was_deleted_is_seen(disk: Disk) -> None:
    path = disk.folder / "gone"
    with path.open("wb") as file:
        file.write(PICTURE)
        os.fsync(file.fileno())
    path.unlink()
    assert disk.holds(FORMS) == {"plain"}


def test_a_log_line_with_a_data_uri_is_seen(disk: Disk) -> None:
    start = PAGE.index("data:image")
    (disk.folder / "scanner.log").write_text(f"could not fetch {PAGE[start : start + 4 * len(INLINE) // 3]}\n")
    found = disk.holds(FORMS)
    assert found
    assert all(form.startswith("base64") for form in found)


def test_a_database_row_that_was_deleted_is_seen(disk: Disk) -> None:
    with sqlite3.connect(disk.folder / "store.sqlite3") as database:
        database.execute("PRAGMA secure_delete = OFF")
        database.execute("CREATE TABLE page (body BLOB)")
        database.execute("INSERT INTO page VALUES (?)", (PICTURE,))
        database.commit()
        database.execute("DELETE FROM page")
        database.commit()
        assert database.execute("SELECT count(*) FROM page").fetchone() == (0,)
    database.close()
    assert disk.holds(FORMS) == {"plain"}


@pytest.mark.skipif(
    "/" in CORE_PATTERN.read_text() or "|" in CORE_PATTERN.read_text(), reason="cores go elsewhere here"
)
def test_a_core_dump_is_seen(disk: Disk) -> None:
    held = f"import os; held = bytes.fromhex('{CANARY.encode().hex()}') * 2; os.abort()"
    crash = [sys.executable, "-c", held]
    subprocess.run(crash, cwd=disk.folder, check=False, preexec_fn=cores_allowed)
    assert list(disk.folder.glob("core*"))
    assert "plain" in disk.holds(FORMS)


def test_an_empty_disk_holds_nothing(disk: Disk) -> None:
    assert disk.holds(FORMS) == set()
