"""Pages and pictures per second through a private Tor network, beside curl: `python -m benchmarks.pages`.

Two settings: as it is (everything shares the machine's cores), and with `--as-real` as the real network is (relays
limited by BandwidthRate, sites that answer after 200 ms). `--tors N` scans through so many tors of Sightline's own.

Sightline (finding the pictures by itself, logging every fetch, hashing, matching, sealing) and `curl --parallel` (given
every URL at once, and throwing everything away) fetch the same URLs through the same tor, in turn, in one run, each
with credentials of its own for each site. Both are timed from the first request that a site saw: curl until it has
ended, Sightline until the last visit has, its pictures hashed, matched and sealed (as its store says).
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Final, Self

from benchmarks.loopback_namespace import enter
from benchmarks.onion_corpus import Size, corpus, urls
from benchmarks.processor_time import ProcessorTime
from config.clock import utc_now
from config.faults import Refused
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from reports.files import write
from reports.store.schema import EPOCH, MICROSECOND
from scanner.cli.exits import Exit
from scanner.rehearsal.command import Sightline
from scanner.rehearsal.first_hour import prepare
from scanner.rehearsal.ground import clear, fresh_ground, make_ground
from scanner.rehearsal.network import Client
from scanner.rehearsal.plan import SitePlan
from scanner.rehearsal.programs import TorPrograms, find_programs
from scanner.rehearsal.stage import Stage, staged
from scanner.rehearsal.watch import descendants

FULL: Final = Size(sites=20, pages=10, pictures=5)
QUICK: Final = Size(sites=5, pages=4, pictures=5)
IN_PARALLEL: Final = 64
LONG: Final = Size(sites=100, pages=100, pictures=1)
EXCHANGE_SECONDS: Final = 120
REAL: Final = Size(sites=20, pages=4, pictures=5)
REAL_SECONDS: Final = 0.2
REAL_RELAY: Final = "BandwidthRate 400 KBytes\nBandwidthBurst 400 KBytes\n"
CURL: Final = "/usr/bin/curl"
SCAN_SECONDS: Final = 1800


@dataclass(frozen=True, slots=True)
class Round:
    """One pass over all sites. `peak_bytes` is the memory of all processes together, 0 where it was not measured."""

    seconds: float
    pages: int
    pictures: int
    peak_bytes: int = 0
    processor: Mapping[str, float] = field(default_factory=dict)
    """Seconds of processor time by part."""


class MemoryWatch:
    """The most memory that our child processes, but for those set apart, held at once (/proc)."""

    def __init__(self, pids_apart: Sequence[int]) -> None:
        self.peak_bytes = 0
        self._apart = set(pids_apart)
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            children = [pid for pid in descendants(os.getpid()) if pid != os.getpid() and pid not in self._apart]
            self.peak_bytes = max(self.peak_bytes, sum(map(_bytes_of, children)))


def _bytes_of(pid: int) -> int:
    """Its proportional set; its resident set where it hides the former, as confined workers do; 0 when it is gone."""
    for name, line_of in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/{name}").read_text(encoding="ascii").splitlines()
            return sum(1024 * int(line.split()[1]) for line in lines if line.startswith(line_of))
    return 0


def curl_round(stage: Stage, client: Client, number: int) -> Round:
    """Every URL by one curl. Raises RuntimeError when an answer is missing."""
    before = _asked(stage)
    sections = [_section(plan, client, f"curl-{number}-{index}") for index, (plan, _) in enumerate(stage.sites)]
    configuration = f"parallel\nparallel-max = {IN_PARALLEL}\n" + "\nnext\n".join(sections)
    command = [CURL, "--silent", "--config", "-"]
    done = subprocess.run(command, input=configuration.encode(), capture_output=True, check=True)
    ended = utc_now()
    wanted = sum(len(plan.answers) for plan, _ in stage.sites)
    if done.stdout.split().count(b"200") != wanted:
        msg = f"curl got {done.stdout.split().count(b'200')} of {wanted} answers"
        raise RuntimeError(msg)
    return _round(stage, before, ended)


def _section(plan: SitePlan, client: Client, credentials: str) -> str:
    proxy = f'socks5-hostname = "127.0.0.1:{client.socks_port}"\nproxy-user = "{credentials}:x"'
    each = "\n".join(f'url = "{url}"\noutput = "/dev/null"' for url in urls(plan))
    return f'silent\nnoproxy = ""\n{proxy}\nwrite-out = "%{{http_code}}\\n"\n{each}'


def sightline_round(stage: Stage, client: Client, ground: Path, hasher: WorkerHasher, tors: int) -> Round:
    """Every URL by `sightline scan --once`, with a state directory of its own."""
    ground.mkdir(mode=0o700)
    tor = _own_tors(stage, ground, tors) if tors else _running_tor(client)
    prepared = prepare(ground, [plan for plan, _ in stage.sites], hasher, tor, EXCHANGE_SECONDS)
    before = _asked(stage)
    ours = {client.node.pid or 0}
    apart = set(stage.network.pids) - ours
    with MemoryWatch(stage.network.pids) as memory, ProcessorTime(ours, apart) as processor:
        Sightline(prepared.configuration).run("scan", "--once", seconds=SCAN_SECONDS)
    ended = _last_visit_ended(next(ground.rglob("sightline.sqlite3")))
    return replace(_round(stage, before, ended), peak_bytes=memory.peak_bytes, processor=processor.seconds())


def _last_visit_ended(store: Path) -> datetime:
    with closing(sqlite3.connect(store)) as connection:
        (ended,) = connection.execute("SELECT max(ended) FROM past_visit").fetchone()
    return EPOCH + int(ended) * MICROSECOND


def _running_tor(client: Client) -> str:
    cookie = json.dumps(str(client.node.directory / "control_auth_cookie"))
    ports = f'socks = "127.0.0.1:{client.socks_port}"\ncontrol = "127.0.0.1:{client.node.control_port}"'
    return f'[tor]\nmode = "running"\n{ports}\ncontrol_cookie = {cookie}\n\n[schedule]\nsites_in_parallel = 32\n'


def _own_tors(stage: Stage, ground: Path, tors: int) -> str:
    extra = ground / "network.torrc"
    write(extra, stage.network.torrc_extra_for_client().encode())
    return f"[tor]\ntorrc_extra = {json.dumps(str(extra))}\nprocesses = {tors}\n\n[schedule]\nsites_in_parallel = 32\n"


def _asked(stage: Stage) -> list[int]:
    return [len(site.asked) for _, site in stage.sites]


def _round(stage: Stage, before: Sequence[int], ended: datetime) -> Round:
    """What the sites saw since `before`, but for robots.txt, which curl does not ask for; all was had at `ended`."""
    every = [one for (_, site), seen in zip(stage.sites, before, strict=True) for one in site.asked[seen:]]
    asked = [one for one in every if one.path != "/robots.txt"]
    pictures = sum(one.path.endswith(".jpg") for one in asked)
    return Round((ended - min(one.at for one in asked)).total_seconds(), len(asked) - pictures, pictures)


def measure(size: Size, rounds: int, programs: TorPrograms, ground: Path, tors: int) -> tuple[list[Round], list[Round]]:
    """The rounds of curl and of Sightline, in turn; one of curl before, uncounted, so that both find descriptors."""
    hasher = WorkerHasher(workers=1, accepted=Layer.NAMESPACES)
    try:
        relay = REAL_RELAY if size.after_seconds else ""
        with staged(ground / "stage", programs, corpus(size), _say, keep=False, of_each_relay=relay) as stage:
            client = stage.network.start_client("client")
            curl_round(stage, client, 0)
            ours, theirs = [], []
            for number in range(1, rounds + 1):
                _say(f"round {number}: curl", 100)
                theirs.append(curl_round(stage, client, number))
                _say(f"round {number}: sightline", 100)
                ours.append(sightline_round(stage, client, ground / f"scanner-{number}", hasher, tors))
    finally:
        hasher.close()
    return theirs, ours


def _say(step: str, percent: int) -> None:
    print(f"{percent:3d} % {step}", file=sys.stderr)


def summary(size: Size, *, inside: bool, theirs: Sequence[Round], ours: Sequence[Round]) -> dict[str, object]:
    """The figures, as `--json` prints them. `ratio` is ours over curl's, of pictures per second, medians."""
    complete = all(one.pictures == size.all_pictures and one.pages == size.all_pages for one in ours)
    curl, sightline = (median(one.pictures / one.seconds for one in rounds) for rounds in (theirs, ours))
    return {
        "namespace": inside,
        "as_real": size.after_seconds > 0,
        "sites": size.sites,
        "pages": size.all_pages,
        "pictures": size.all_pictures,
        "rounds": len(ours),
        "complete": complete,
        "curl_pictures_per_second": round(curl, 1),
        "sightline_pictures_per_second": round(sightline, 1),
        "sightline_pages_per_second": round(median(one.pages / one.seconds for one in ours), 1),
        "ratio": round(sightline / curl, 3),
        "processor_ms_per_picture": {
            part: round(1000 * sum(one.processor.get(part, 0.0) for one in ours) / sum(one.pictures for one in ours), 2)
            for part in sorted({part for one in ours for part in one.processor})
        },
        "peak_memory_mb": round(max(one.peak_bytes for one in ours) / 2**20),
    }


def main() -> int:
    """Measure, and print a line for each figure; or JSON. Exit status 1 when Sightline left anything out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--long", action="store_true", help="10,000 pages with a picture each, for the memory")
    parser.add_argument("--as-real", action="store_true", help="relays of limited bandwidth, sites that take 200 ms")
    parser.add_argument("--tors", type=int, default=0, help="of Sightline's own; 0: the one that curl uses")
    parser.add_argument("--rounds", type=int, default=3, help="of each, in turn")
    chosen = parser.parse_args()
    inside = enter("benchmarks.pages")
    size, ground = LONG if chosen.long else QUICK if chosen.quick else FULL, fresh_ground()
    size = REAL if chosen.as_real and not chosen.quick else size
    size = replace(size, after_seconds=REAL_SECONDS if chosen.as_real else 0.0)
    programs = make_ground(ground) or find_programs()
    if isinstance(programs, Refused):
        print(programs, file=sys.stderr)
        return int(Exit.TOR)
    try:
        theirs, ours = measure(size, chosen.rounds, programs, ground, chosen.tors)
        figures = summary(size, inside=inside, theirs=theirs, ours=ours)
    finally:
        clear(ground)
    print(json.dumps(figures, indent=2) if chosen.json else "\n".join(f"{k:32} {v}" for k, v in figures.items()))
    return 0 if figures["complete"] else 1


if __name__ == "__main__":
    sys.exit(main())
