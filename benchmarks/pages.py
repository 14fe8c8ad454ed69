"""Pages and pictures per second through a private Tor network, beside curl: `python -m benchmarks.pages`.

Two settings: as it is (everything shares the machine's cores), and with `--as-real` as the real network is (relays
limited by BandwidthRate, sites that answer after 200 ms). `--tors N` scans through so many tors of Sightline's own, and
gives curl as many, the sites spread over them in the same way; `--tor-kilobytes K` limits each, so that tors are full
long before the cores are.

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
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from statistics import mean, median
from typing import Final

from benchmarks.loopback_namespace import enter
from benchmarks.memory_watch import Held, MemoryWatch
from benchmarks.onion_corpus import Size, corpus, urls
from benchmarks.processes import Parts
from benchmarks.processor_time import ProcessorTime
from config.clock import utc_now
from config.exit_codes import Exit
from config.faults import Refused
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from reports.files import write
from reports.store.schema import EPOCH, MICROSECOND
from scanner.rehearsal.cli_runner import Sightline
from scanner.rehearsal.environment import Environment, staged
from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.network.private_network import Client
from scanner.rehearsal.network.programs import TorPrograms, find_programs
from scanner.rehearsal.onboarding import prepare
from scanner.rehearsal.socket_watch import descendants
from scanner.rehearsal.workspace import clear, fresh_ground, make_ground
from scanner.tor.tor_pool import number_of

FULL: Final = Size(sites=20, pages=10, pictures=5)
QUICK: Final = Size(sites=5, pages=4, pictures=5)
IN_PARALLEL: Final = 64
LONG: Final = Size(sites=200, pages=50, pictures=1)
EXCHANGE_SECONDS: Final = 120
REAL: Final = Size(sites=20, pages=4, pictures=5)
MANY: Final = Size(sites=32, pages=4, pictures=5)
REAL_SECONDS: Final = 0.2
REAL_RELAY_KILOBYTES: Final = 400
CURL: Final = "/usr/bin/curl"
SCAN_SECONDS: Final = 1800


@dataclass(frozen=True, slots=True)
class Setting:
    """The measurement. Sightline and curl have `tors` each; each carries `tor_kilobytes` a second, 0: no limit."""

    size: Size
    rounds: int
    tors: int
    tor_kilobytes: int
    of_each_relay: str
    doors: bool


def _limits(kilobytes: int) -> str:
    """Return the lines that limit what a tor carries a second, in and out."""
    return f"BandwidthRate {kilobytes} KBytes\nBandwidthBurst {kilobytes} KBytes\n" if kilobytes else ""


@dataclass(frozen=True, slots=True)
class Round:
    """One pass over all sites, and what its processes held: at most, and as it went on."""

    seconds: float
    pages: int
    pictures: int
    peak_bytes: int = 0
    memory: Sequence[Held] = ()
    processor: Mapping[str, float] = field(default_factory=dict)
    """Seconds of processor time by part."""
    doors: Mapping[str, float] = field(default_factory=dict)
    """The same of the scanner's own, where it was split (`benchmarks.doors`)."""


@dataclass(frozen=True, slots=True)
class Tors:
    """The tors of both: curl's, each with the sites that Sightline's of that number has; and how fast each may be."""

    clients: Sequence[Client]
    own: int
    """The tors that Sightline starts; 0 if it uses curl's only one."""
    limits: str

    def of(self, plan: SitePlan) -> Client:
        """Curl's tor for a site."""
        return self.clients[number_of(plan.key.address, len(self.clients))]

    @property
    def pids(self) -> set[int]:
        """Of curl's."""
        return {client.node.pid or 0 for client in self.clients}


def curl_round(stage: Environment, tors: Tors, number: int) -> Round:
    """Fetch every URL by one curl. Raise RuntimeError if a response is missing."""
    before = _asked(stage)
    sites = [_sections(plan, tors.of(plan), f"curl-{number}-{index}") for index, (plan, _) in enumerate(stage.sites)]
    by_turns = [section for of_each in zip(*sites, strict=True) for section in of_each]
    configuration = f"parallel\nparallel-max = {IN_PARALLEL}\n" + "\nnext\n".join(by_turns)
    command = [CURL, "--silent", "--config", "-"]
    parts = _parts(stage, tors.pids)
    with _memory_of(stage, parts) as memory, ProcessorTime(parts) as processor:
        done = subprocess.run(command, input=configuration.encode(), capture_output=True, check=True)
        ended = utc_now()
    wanted = sum(len(plan.answers) for plan, _ in stage.sites)
    if done.stdout.split().count(b"200") != wanted:
        msg = f"curl got {done.stdout.split().count(b'200')} of {wanted} answers"
        raise RuntimeError(msg)
    return _measured(_round(stage, before, ended), memory, processor)


def _sections(plan: SitePlan, client: Client, credentials: str) -> list[str]:
    """One for each URL of a site. The sites take turns: one after the other, curl is less than half as fast."""
    proxy = f'socks5-hostname = "127.0.0.1:{client.socks_port}"\nproxy-user = "{credentials}:x"'
    every = f'silent\nnoproxy = ""\n{proxy}\nwrite-out = "%{{http_code}}\\n"\noutput = "/dev/null"'
    return [f'{every}\nurl = "{url}"' for url in urls(plan)]


def sightline_round(stage: Environment, tors: Tors, ground: Path, hasher: WorkerHasher, *, doors: bool) -> Round:
    """Fetch every URL by `sightline scan --once`, with a fresh state directory."""
    ground.mkdir(mode=0o700)
    tor = _own_tors(stage, ground, tors) if tors.own else _running_tor(tors.clients[0])
    prepared = prepare(ground, [plan for plan, _ in stage.sites], hasher, tor, EXCHANGE_SECONDS)
    before = _asked(stage)
    parts = _parts(stage, set() if tors.own else tors.pids)
    with _memory_of(stage, parts) as memory, ProcessorTime(parts) as processor:
        split = _scan(prepared.configuration, doors=doors)
    ended = _last_visit_ended(next(ground.rglob("sightline.sqlite3")))
    return replace(_measured(_round(stage, before, ended), memory, processor), doors=split)


def _scan(configuration: Path, *, doors: bool) -> Mapping[str, float]:
    """Scan once, behind doors or through the command line, which tells nothing of its parts."""
    if not doors:
        Sightline(configuration).run("scan", "--once", seconds=SCAN_SECONDS)
        return {}
    command = [sys.executable, "-m", "benchmarks.doors", str(configuration)]
    told = subprocess.run(command, capture_output=True, check=True, timeout=SCAN_SECONDS).stdout
    split: Mapping[str, float] = json.loads(told)
    return split


def _parts(stage: Environment, tors: set[int]) -> Parts:
    """Return the tors in use; other processes are counted apart: the network, and the maker of the hash list."""
    return Parts(tors, {*descendants(os.getpid()), *stage.network.pids} - tors)


def _memory_of(stage: Environment, parts: Parts) -> MemoryWatch:
    return MemoryWatch(parts, lambda: sum(_asked(stage)))


def _measured(done: Round, memory: MemoryWatch, processor: ProcessorTime) -> Round:
    return replace(done, peak_bytes=memory.peak_bytes, memory=memory.rows(), processor=processor.seconds())


def _last_visit_ended(store: Path) -> datetime:
    with closing(sqlite3.connect(store)) as connection:
        (ended,) = connection.execute("SELECT max(ended) FROM past_visit").fetchone()
    return EPOCH + int(ended) * MICROSECOND


def _running_tor(client: Client) -> str:
    cookie = json.dumps(str(client.node.directory / "control_auth_cookie"))
    ports = f'socks = "127.0.0.1:{client.socks_port}"\ncontrol = "127.0.0.1:{client.node.control_port}"'
    return f'[tor]\nmode = "running"\n{ports}\ncontrol_cookie = {cookie}\n\n[schedule]\nsites_in_parallel = 32\n'


def _own_tors(stage: Environment, ground: Path, tors: Tors) -> str:
    extra = ground / "network.torrc"
    write(extra, f"{stage.network.torrc_extra_for_client()}{tors.limits}".encode())
    return (
        f"[tor]\ntorrc_extra = {json.dumps(str(extra))}\nprocesses = {tors.own}\n\n[schedule]\nsites_in_parallel = 32\n"
    )


def _asked(stage: Environment) -> list[int]:
    return [len(site.asked) for _, site in stage.sites]


def _round(stage: Environment, before: Sequence[int], ended: datetime) -> Round:
    """Return what the sites saw since `before`, without robots.txt, which curl does not request, up to `ended`."""
    every = [one for (_, site), seen in zip(stage.sites, before, strict=True) for one in site.asked[seen:]]
    asked = [one for one in every if one.path != "/robots.txt"]
    pictures = sum(one.path.endswith(".jpg") for one in asked)
    return Round((ended - min(one.at for one in asked)).total_seconds(), len(asked) - pictures, pictures)


def measure(setting: Setting, programs: TorPrograms, ground: Path) -> tuple[list[Round], list[Round]]:
    """Run curl and Sightline in turn. An uncounted round of curl comes first, so that both find descriptors."""
    hasher = WorkerHasher(workers=1, accepted=Layer.NAMESPACES)
    sites = corpus(setting.size, setting.tors or 1)
    try:
        with staged(ground / "stage", programs, sites, _say, keep=False, of_each_relay=setting.of_each_relay) as stage:
            tors = _curls_tors(stage, setting)
            curl_round(stage, tors, 0)
            ours, theirs = [], []
            for number in range(1, setting.rounds + 1):
                _say(f"round {number}: curl", 100)
                theirs.append(curl_round(stage, tors, number))
                _say(f"round {number}: sightline", 100)
                ours.append(sightline_round(stage, tors, ground / f"scanner-{number}", hasher, doors=setting.doors))
    finally:
        hasher.close()
    return theirs, ours


def _curls_tors(stage: Environment, setting: Setting) -> Tors:
    limits = _limits(setting.tor_kilobytes)
    clients = [stage.network.start_client(f"client{n}", limits.splitlines()) for n in range(setting.tors or 1)]
    return Tors(clients, setting.tors, limits)


def _say(step: str, percent: int) -> None:
    print(f"{percent:3d} % {step}", file=sys.stderr)


def summary(setting: Setting, *, inside: bool, theirs: Sequence[Round], ours: Sequence[Round]) -> dict[str, object]:
    """Return the figures, as `--json` prints them. `ratio` is ours over curl's, of pictures per second, medians."""
    size = setting.size
    complete = all(one.pictures == size.all_pictures and one.pages == size.all_pages for one in ours)
    curl, sightline = (median(one.pictures / one.seconds for one in rounds) for rounds in (theirs, ours))
    return {
        "namespace": inside,
        "as_real": size.after_seconds > 0,
        "tors": setting.tors or "the one of curl",
        "kilobytes_per_second_of_a_tor": setting.tor_kilobytes or "as fast as it can",
        "sites": size.sites,
        "pages": size.all_pages,
        "pictures": size.all_pictures,
        "rounds": len(ours),
        "complete": complete,
        "curl_pictures_per_second": round(curl, 1),
        "sightline_pictures_per_second": round(sightline, 1),
        "sightline_pages_per_second": round(median(one.pages / one.seconds for one in ours), 1),
        "ratio": round(sightline / curl, 3),
        "processor_ms_per_picture": _each([one.processor for one in ours], size.all_pictures),
        "processor_ms_per_picture_curl": _each([one.processor for one in theirs], size.all_pictures),
        "scanner_ms_per_picture": _each([one.doors for one in ours], size.all_pictures),
        "peak_memory_mb": round(max(one.peak_bytes for one in ours) / 2**20),
    }


def _each(rounds: Sequence[Mapping[str, float]], pictures: int) -> dict[str, float]:
    """Milliseconds a picture by part."""
    parts = sorted({part for one in rounds for part in one})
    return {part: round(1000 * mean(one.get(part, 0.0) for one in rounds) / pictures, 2) for part in parts}


def memory(theirs: Sequence[Round], ours: Sequence[Round]) -> dict[str, object]:
    """Return the memory in MiB that the last round of each held after each tenth of its requests."""
    named = {"curl": theirs[-1], "sightline": ours[-1]}
    return {f"memory_{name}": [held.row() for held in one.memory] for name, one in named.items()}


def _setting(chosen: argparse.Namespace) -> Setting:
    size = LONG if chosen.long else QUICK if chosen.quick else REAL if chosen.as_real else FULL
    size = MANY if chosen.tor_kilobytes else size
    relay = _limits(REAL_RELAY_KILOBYTES) if chosen.as_real else ""
    size = replace(size, after_seconds=REAL_SECONDS if chosen.as_real else 0.0)
    return Setting(size, chosen.rounds, chosen.tors, chosen.tor_kilobytes, relay, chosen.doors)


def _lines(name: str, figure: object) -> str:
    """Return a figure for people: one line for each row of a table."""
    rows = figure if isinstance(figure, list) else [figure]
    return "\n".join(f"{name:32} {row}" for row in rows)


def main() -> int:
    """Measure, and print a line for each figure; or JSON. Exit status 1 when Sightline left anything out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--long", action="store_true", help="10,000 pages with a picture each, for the memory")
    parser.add_argument("--as-real", action="store_true", help="relays of limited bandwidth, sites that take 200 ms")
    parser.add_argument("--tors", type=int, default=0, help="of Sightline's own, and of curl's; 0: one for both")
    parser.add_argument("--tor-kilobytes", type=int, default=0, help="that each such tor may carry a second")
    parser.add_argument("--doors", action="store_true", help="split the scanner's own processor time by port")
    parser.add_argument("--rounds", type=int, default=3, help="of each, in turn")
    chosen = parser.parse_args()
    inside = enter("benchmarks.pages")
    setting, ground = _setting(chosen), fresh_ground()
    programs = make_ground(ground) or find_programs()
    if isinstance(programs, Refused):
        print(programs, file=sys.stderr)
        return int(Exit.TOR)
    try:
        theirs, ours = measure(setting, programs, ground)
        figures = summary(setting, inside=inside, theirs=theirs, ours=ours)
        figures |= memory(theirs, ours) if chosen.long else {}
    finally:
        clear(ground)
    print(json.dumps(figures, indent=2) if chosen.json else "\n".join(map(_lines, *zip(*figures.items(), strict=True))))
    return 0 if figures["complete"] else 1


if __name__ == "__main__":
    sys.exit(main())
