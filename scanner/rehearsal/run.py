"""A whole rehearsal: environment, onboarding, scan, referral opened and verified, comparison; and a second scan.

The scanner runs only through its command line. Three witnesses judge it: the opened referral, the sites' own logs, and
the watch over sockets.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from reports.files import write
from scanner.rehearsal.cli_runner import Sightline
from scanner.rehearsal.compare import Comparison, compare
from scanner.rehearsal.environment import Environment, Progress, staged
from scanner.rehearsal.network.programs import TorPrograms
from scanner.rehearsal.onboarding import PreparedScanner, own_tor, prepare
from scanner.rehearsal.referral_reader import new_findings, told
from scanner.rehearsal.scenario import cast
from scanner.rehearsal.site_logs import Breach, breaches, requests_to_unlisted
from scanner.rehearsal.socket_watch import SocketWatch

SCAN_SECONDS = 600
Step = Callable[[str], None]
"""Callback with each step after the environment is up, before it begins."""


@dataclass(frozen=True, slots=True)
class OpenedReferral:
    """One referral file after it was opened and verified on the recipient's side."""

    referral_id: str
    path: Path
    verified: bool
    content: Any


@dataclass(frozen=True, slots=True)
class SiteSeen:
    """One site, and how many requests its own log holds of both scans."""

    name: str
    address: str
    listed: bool
    requests: int


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal showed."""

    rows: tuple[Comparison, ...]
    sites: tuple[SiteSeen, ...]
    breaches: tuple[Breach, ...]
    requests_to_unlisted: int
    sockets_off_loopback: tuple[str, ...]
    first: tuple[OpenedReferral, ...]
    second: tuple[OpenedReferral, ...]
    """The second scan: nothing has changed, so nothing may be new."""
    audit_holds: bool
    doctor_faults: int
    seconds: float

    @property
    def verified(self) -> bool:
        """Whether every referral and the whole log verify."""
        return self.audit_holds and bool(self.first) and all(item.verified for item in (*self.first, *self.second))

    @property
    def repeated(self) -> int:
        """Findings that the second scan referred once more as new."""
        return sum(new_findings(item.content) for item in self.second)

    @property
    def holds(self) -> bool:
        """Whether nothing differs from what was planted."""
        astray = self.breaches or self.requests_to_unlisted or self.sockets_off_loopback or self.repeated
        return self.verified and not astray and all(row.holds for row in self.rows)


def rehearse(
    ground: Path, programs: TorPrograms, progress: Progress, step: Step, *, heard: bool, keep: bool
) -> Rehearsed:
    """Rehearse in the empty folder `ground`. Raises NetworkFailed or StepFailed, each with its fault."""
    started = time.monotonic()
    with staged(ground, programs, cast(), progress, keep=keep) as stage:
        step("keys, configuration, lists")
        prepared = _prepare(ground, programs, stage)
        scanner = Sightline(prepared.configuration, heard=heard)
        step("sightline doctor")
        doctor = scanner.judge("doctor")[1]
        with SocketWatch() as watch:
            first, second = (_scan(scanner, prepared, step) for _ in range(2))
        step("sightline audit verify")
        audit_holds, _ = scanner.judge("audit", "verify")
    return Rehearsed(
        rows=compare([row for plan, _ in stage.sites for row in plan.planted], told(item.content for item in first)),
        sites=tuple(SiteSeen(plan.name, plan.key.address, plan.listed, len(site.asked)) for plan, site in stage.sites),
        breaches=breaches(stage.sites),
        requests_to_unlisted=requests_to_unlisted(stage.sites),
        sockets_off_loopback=tuple(sorted(str(item) for item in watch.astray)),
        first=first,
        second=second,
        audit_holds=audit_holds,
        doctor_faults=doctor["faults"],
        seconds=time.monotonic() - started,
    )


def _prepare(ground: Path, programs: TorPrograms, stage: Environment) -> PreparedScanner:
    lines = ground / "private-network.torrc"
    write(lines, stage.network.torrc_extra_for_client().encode())
    hasher = WorkerHasher(workers=1, accepted=Layer.NAMESPACES)
    try:
        return prepare(ground, [plan for plan, _ in stage.sites], hasher, own_tor(programs.tor, lines))
    finally:
        hasher.close()


def _scan(scanner: Sightline, prepared: PreparedScanner, step: Step) -> tuple[OpenedReferral, ...]:
    """Scan once, and open and verify the outbox's referral on the recipient's side."""
    step("sightline scan --once")
    laid = scanner.run("scan", "--once", seconds=SCAN_SECONDS)["referrals"]
    step("sightline reports verify, sightline reports open")
    return tuple(_opened(Path(item["file"]), prepared) for item in laid)


def _opened(path: Path, prepared: PreparedScanner) -> OpenedReferral:
    recipient = Sightline()
    keys = ("--identity", str(prepared.identity), "--public-key", str(prepared.scanner_public_key))
    verified, _ = recipient.judge("reports", "verify", str(path), *keys)
    content = recipient.run("reports", "open", str(path), *keys)
    return OpenedReferral(content["identity"]["referral_id"], path, verified=verified, content=content)
