"""The cost of the second scan of sites that have not changed: `python -m benchmarks.second_scan`.

Sites that give each answer an ETag, each with a style sheet that its pages name, behind a private Tor network in the
loopback namespace, are scanned three times by `sightline scan --once` with `conditional = "at once"`, from one state
directory. For each scan it prints the bytes received, headers included, as `sightline sites show` prints them, and the
processor time of the scanner and its workers, as the kernel counts it (`getrusage`); tor and the sites are apart. The
start (a scan of no site: every site is paused) is measured in the same run and printed too, because a daemon starts
once, not once a visit.
"""

import argparse
import json
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.loopback_namespace import enter
from benchmarks.onion_corpus import Size, corpus
from benchmarks.processes import Parts
from benchmarks.processor_time import ProcessorTime
from config.exit_codes import Exit
from config.faults import Refused
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from scanner.rehearsal.cli_runner import Sightline
from scanner.rehearsal.environment import Environment, staged
from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.network.private_network import Client
from scanner.rehearsal.network.programs import TorPrograms, find_programs
from scanner.rehearsal.onboarding import prepare
from scanner.rehearsal.sites import CannedResponse
from scanner.rehearsal.workspace import clear, fresh_ground, make_ground

FULL: Final = Size(sites=8, pages=10, pictures=8)
PHOTOS: Final = replace(FULL, width=1600, height=1200)
QUICK: Final = Size(sites=2, pages=3, pictures=4)
SCANS: Final = 3
AIM: Final = 0.1
EXCHANGE_SECONDS: Final = 120
SCAN_SECONDS: Final = 600
SHEET: Final = "/style.css"
RULES: Final = b"".join(b".rule-%04d { margin: 0 auto; color: #%06x }\n" % (n, n * 97) for n in range(1_500))
"""As long as those of a usual site: 69 kB."""
AT_ONCE: Final = '[fetch]\nconditional = "at once"\n'


@dataclass(frozen=True, slots=True)
class Cost:
    """One scan. `parts` are seconds of processor time by kind of process, sampled: short-lived ones are cut short."""

    received_bytes: int
    processor_seconds: float
    parts: Mapping[str, float] = field(default_factory=dict)


def tagged(plan: SitePlan) -> SitePlan:
    """Return the site with a style sheet, and an ETag on each answer."""
    answers = {path: _styled(one) for path, one in plan.answers.items()} | {SHEET: CannedResponse(RULES, "text/css")}
    return replace(plan, answers={path: replace(one, etag=f'"{path}"') for path, one in answers.items()})


def _styled(one: CannedResponse) -> CannedResponse:
    """Add the style sheet to a page; leave a picture as it is."""
    linked = f'<link rel="stylesheet" href="{SHEET}"><title>'
    return replace(one, body=one.body.replace(b"<title>", linked.encode())) if _is_page(one) else one


def _is_page(one: CannedResponse) -> bool:
    return one.media_type.startswith("text/html")


def measure(size: Size, rounds: int, programs: TorPrograms, ground: Path) -> tuple[Cost, list[Cost]]:
    """Return the start alone, and the scans in order: medians of rounds, each from a new state directory."""
    hasher = WorkerHasher(workers=1, accepted=Layer.NAMESPACES)
    plans = [tagged(plan) for plan in corpus(size)]
    try:
        with staged(ground / "stage", programs, plans, _say, keep=False) as stage:
            client = stage.network.start_client("client")
            costs = [_round(stage, client, _prepared(stage, client, ground / f"{n}", hasher)) for n in range(rounds)]
    finally:
        hasher.close()
    start, *scans = (_median(of_one) for of_one in zip(*costs, strict=True))
    return start, scans


def _round(stage: Environment, client: Client, scanner: Sightline) -> list[Cost]:
    """Measure the start alone, and then the scans."""
    plans = [plan for plan, _ in stage.sites]
    scans = [_scan(stage, client, scanner, number) for number in range(SCANS)]
    for plan in plans:
        scanner.run("sites", "pause", plan.key.address)
    return [_cost(stage, client, scanner), *_with_bytes(scans, _received(scanner, plans))]


def _median(costs: Sequence[Cost]) -> Cost:
    parts = {part for cost in costs for part in cost.parts}
    return Cost(
        received_bytes=int(median(cost.received_bytes for cost in costs)),
        processor_seconds=median(cost.processor_seconds for cost in costs),
        parts={part: median(cost.parts.get(part, 0.0) for cost in costs) for part in parts},
    )


def _prepared(stage: Environment, client: Client, ground: Path, hasher: WorkerHasher) -> Sightline:
    """Set up a scanner on the tor that runs already."""
    ground.mkdir(mode=0o700)
    cookie = json.dumps(str(client.node.directory / "control_auth_cookie"))
    ports = f'socks = "127.0.0.1:{client.socks_port}"\ncontrol = "127.0.0.1:{client.node.control_port}"'
    tor = f'[tor]\nmode = "running"\n{ports}\ncontrol_cookie = {cookie}\n'
    configuration = prepare(ground, [plan for plan, _ in stage.sites], hasher, tor, EXCHANGE_SECONDS).configuration
    written = configuration.read_text(encoding="utf-8").replace("[fetch]\n", AT_ONCE)
    configuration.write_text(written, encoding="utf-8")
    return Sightline(configuration)


def _scan(stage: Environment, client: Client, scanner: Sightline, number: int) -> Cost:
    _say(f"scan {number + 1} of {SCANS}", 100)
    return _cost(stage, client, scanner)


def _cost(stage: Environment, client: Client, scanner: Sightline) -> Cost:
    """Return the processor time of one `scan --once` and of the processes that it waited for."""
    ours = {client.node.pid or 0}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with ProcessorTime(Parts(ours, set(stage.network.pids) - ours)) as processor:
        scanner.run("scan", "--once", seconds=SCAN_SECONDS)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(0, seconds, processor.seconds())


def _received(scanner: Sightline, plans: Sequence[SitePlan]) -> list[int]:
    """Return the bytes received from all sites together in each scan, oldest first."""
    each = [scanner.run("sites", "show", plan.key.address)["lists"][0]["visits"] for plan in plans]
    told = [[visit["received_bytes"] for visit in sorted(visits, key=lambda one: one["started"])] for visits in each]
    return [sum(of_one_scan) for of_one_scan in zip(*told, strict=True)]


def _with_bytes(scans: Sequence[Cost], received: Sequence[int]) -> list[Cost]:
    return [replace(cost, received_bytes=count) for cost, count in zip(scans, received, strict=True)]


def _say(step: str, percent: int) -> None:
    print(f"{percent:3d} % {step}", file=sys.stderr)


def summary(size: Size, rounds: int, *, inside: bool, start: Cost, scans: Sequence[Cost]) -> dict[str, object]:
    """Return the figures, as `--json` prints them: ratios to the first scan; `without_start` subtracts the start."""
    first = scans[0]
    beyond = [cost.processor_seconds - start.processor_seconds for cost in scans]
    return {
        "namespace": inside,
        "processors": os.cpu_count(),
        "sites": size.sites,
        "pages": size.all_pages,
        "pictures": size.all_pictures,
        "rounds": rounds,
        "pixels": f"{size.width} x {size.height}",
        "received_bytes": [cost.received_bytes for cost in scans],
        "bytes_ratio": [round(cost.received_bytes / first.received_bytes, 3) for cost in scans],
        "start_processor_seconds": round(start.processor_seconds, 2),
        "processor_seconds": [round(cost.processor_seconds, 2) for cost in scans],
        "processor_ratio": [round(cost.processor_seconds / first.processor_seconds, 3) for cost in scans],
        "processor_ratio_without_start": [round(one / beyond[0], 3) for one in beyond],
        "processor_seconds_by_part": [{part: round(v, 2) for part, v in sorted(one.parts.items())} for one in scans],
        "aim": AIM,
    }


def main() -> int:
    """Measure, and print a line for each figure; or JSON. Exit status 1 when the aim is missed in bytes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--quick", action="store_true", help="two small sites")
    parser.add_argument("--rounds", type=int, default=3, help="each from a new state directory; medians are told")
    parser.add_argument("--photos", action="store_true", help="pictures of 1600 x 1200 instead of 480 x 360")
    chosen = parser.parse_args()
    inside = enter("benchmarks.second_scan")
    size, ground = QUICK if chosen.quick else PHOTOS if chosen.photos else FULL, fresh_ground()
    programs = make_ground(ground) or find_programs()
    if isinstance(programs, Refused):
        print(programs, file=sys.stderr)
        return int(Exit.TOR)
    try:
        start, scans = measure(size, chosen.rounds, programs, ground)
    finally:
        clear(ground)
    figures = summary(size, chosen.rounds, inside=inside, start=start, scans=scans)
    print(json.dumps(figures, indent=2) if chosen.json else "\n".join(f"{k:32} {v}" for k, v in figures.items()))
    return 0 if scans[1].received_bytes <= AIM * scans[0].received_bytes else 1


if __name__ == "__main__":
    sys.exit(main())
