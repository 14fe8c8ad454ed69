"""The daemon's tick with 100,000 listed sites: the real tick over real lists and ledger rows, and simulated sites.

    python -m benchmarks.tick [--sites 100000] [--entries 1000000] [--ticks 40] [--json]

The aim is a tick below 50 ms and flat memory. Each tick has room for 16 visits and waits, outside of what is measured,
until the last ones have ended. Three queues: every site new and due; 1,000 sites due, of every lane; nothing due. Then
the list changes (a tenth of its sites is gone, as many are new), some times over, and ticks go on while it is read.
Then the hash list does: a new edition, every entry of which is new, some times over; and ten entries are withdrawn.

- wall: from the tick's beginning to its end, while the visits that it started run already
- CPU: of the tick's own thread alone
- status: what `sightline status` and a question by Prometheus cost beside it
"""

import argparse
import contextlib
import io
import json
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from benchmarks.index_change import hash_list
from config.clock import utc_now
from reports.store.schema import EPOCH, MICROSECOND
from scanner.daemon.daemon import Daemon
from scanner.daemon.status import status_now
from tests.authority.making import a_target
from tests.operator.desk import Desk, SimulatedScanner

PAGE_BYTES = 4096
DUE = 1_000
CHANGES = 3
TICK_EVERY = 0.1
"""Seconds: a hundred times as often as the daemon's default, to meet every part of a reading."""
URGENCY = ("urgent", "priority", "routine")


@dataclass(slots=True)
class Ticks:
    """Milliseconds of each tick."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    started: int = 0

    def figures(self) -> dict[str, float]:
        """Medians and worst ones."""
        return {
            "wall_ms": round(statistics.median(self.wall), 1),
            "wall_worst_ms": round(max(self.wall), 1),
            "cpu_ms": round(statistics.median(self.cpu), 1),
            "cpu_worst_ms": round(max(self.cpu), 1),
            "ticks": len(self.wall),
            "visits": self.started,
        }


def listed(desk: Desk, sites: Iterable[int]) -> None:
    """Bring a list of these sites into force; every hundredth is urgent, every tenth a priority."""
    targets = [
        a_target(n, requests_per_minute=6_000, urgency=URGENCY[0 if n % 100 == 0 else 1 if n % 10 == 0 else 2])
        for n in sites
    ]
    desk.list_sites(targets)


def ticked(scanner: SimulatedScanner, daemon: Daemon, ticks: int) -> Ticks:
    """So many ticks, each with room for its visits. Sites answer when the tick is over."""
    taken, over = Ticks(), Event()

    def wait(_url: str) -> None:
        over.wait()

    scanner.onions.before = wait
    for _ in range(ticks):
        over.clear()
        began, used = time.perf_counter(), time.thread_time()
        daemon.tick()
        taken.wall.append((time.perf_counter() - began) * 1000)
        taken.cpu.append((time.thread_time() - used) * 1000)
        over.set()
        while daemon._rounds.wait(10):  # noqa: SLF001 - a tick alone is measured
            pass
        taken.started += len(set(scanner.onions.asked))
        scanner.onions.asked.clear()
        scanner.onions.forgotten.clear()
    return taken


def elsewhere(what: Callable[[], object]) -> None:
    """In a process of its own, as the operator's command is: its memory and time are not the daemon's."""
    child = os.fork()
    if child == 0:
        what()
        os._exit(0)
    os.waitpid(child, 0)


def changed(desk: Desk, scanner: SimulatedScanner, daemon: Daemon, sites: int, time_over: int) -> dict[str, float]:
    """The ticks from a change of the list until the new one is in force."""
    kept = sites - sites // 10
    beyond = range(sites + time_over * sites // 10, sites + (time_over + 1) * sites // 10)
    elsewhere(lambda: listed(desk, [*range(1, kept + 1), *(number + 1 for number in beyond)]))
    desk.sequence += 1
    return until_another(lambda: scanner.lists.listings, scanner, daemon)


def judged_anew(scanner: SimulatedScanner, daemon: Daemon, change: Callable[[], object]) -> dict[str, float]:
    """The ticks from a change of a hash list until it is in force."""
    elsewhere(change)
    return until_another(lambda: scanner.hash_lists and scanner.hash_lists.judge, scanner, daemon)


def edition(desk: Desk, entries: int, number: int) -> None:
    """Bring an edition of the hash list to rest, no entry of which any other has."""
    desk.keep_hashes(hash_list(entries, first=number * entries))


def until_another(in_force: Callable[[], object], scanner: SimulatedScanner, daemon: Daemon) -> dict[str, float]:
    """The ticks, one after the other, until what is in force is another. Sites answer when that is over."""
    taken, before, over, since = Ticks(), in_force(), Event(), time.monotonic()

    def wait(_url: str) -> None:
        over.wait()

    scanner.onions.before = wait
    while in_force() is before:
        began, used = time.perf_counter(), time.thread_time()
        daemon.tick()
        taken.wall.append((time.perf_counter() - began) * 1000)
        taken.cpu.append((time.thread_time() - used) * 1000)
        time.sleep(TICK_EVERY)
    after = round(time.monotonic() - since, 1)
    over.set()
    while daemon._rounds.wait(10):  # noqa: SLF001
        pass
    return {**taken.figures(), "in_force_after_s": after, "memory_mib": round(memory_mib())}


def spread(store: Path, due: int) -> None:
    """Every site has been visited; so many are due, the others within a day."""
    now = microseconds(utc_now())
    with contextlib.closing(sqlite3.connect(store)) as connection, connection:
        visited = "UPDATE site SET last_visit = ?, last_up = ?, reached = 1, last_outcome = 'visited', failures = 0"
        connection.execute(visited, (now, now))
        connection.execute("UPDATE site SET due = ? + (site_id * 7919 % 86400) * 1000000 + 3600000000", (now,))
        connection.execute(
            "UPDATE site SET due = ? - site_id WHERE site_id % (SELECT count(*) / ? FROM site) = 0", (now, due)
        )


def microseconds(instant: datetime) -> int:
    """As the store keeps it."""
    return (instant - EPOCH) // MICROSECOND


def memory_mib() -> float:
    """Resident now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES / 2**20


def seconds(what: Callable[[], object]) -> float:
    """CPU of this process."""
    began = time.process_time()
    what()
    return round(time.process_time() - began, 2)


def figures(sites: int, entries: int, ticks: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Each row as it is measured."""
    with TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        desk = Desk(Path(folder), sites=1)
        elsewhere(lambda: listed(desk, range(1, sites + 1)))
        elsewhere(lambda: edition(desk, entries, 0))
        desk.sequence += 1
        began = time.process_time()
        scanner = desk.scanner()
        began = time.process_time() - began
        daemon = scanner.daemon()
        yield "lists read, rows made", {"cpu_s": round(began, 2), "memory_mib": round(memory_mib())}
        yield f"{sites:,} due, all new", ticked(scanner, daemon, ticks).figures()
        spread(scanner.layout.store, DUE)
        yield f"{DUE:,} due, every lane", ticked(scanner, daemon, ticks).figures()
        spread(scanner.layout.store, 1)
        ticked(scanner, daemon, 1)
        yield "nothing due", ticked(scanner, daemon, ticks).figures()
        for time_over in range(CHANGES):
            yield f"list changed ({time_over + 1})", changed(desk, scanner, daemon, sites, time_over)
        for time_over in range(1, CHANGES + 1):
            yield (
                f"hash list changed ({time_over})",
                judged_anew(scanner, daemon, partial(edition, desk, entries, time_over)),
            )
        gone = [f"{number:010d}" for number in range(CHANGES * entries, CHANGES * entries + 10)]
        row = judged_anew(scanner, daemon, lambda: desk.change_hashes("made-up", withdrawn=gone))
        yield "entries withdrawn", row
        overview = scanner.ledger.overview()
        yield "status", {"cpu_s": seconds(lambda: status_now(overview, utc_now()))}
        yield "afterwards", {"memory_mib": round(memory_mib())}
        daemon._rounds.close(10)  # noqa: SLF001
        scanner.lists.close()
        if scanner.hash_lists is not None:
            scanner.hash_lists.close()
        scanner.ledger.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--ticks", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    told, rows = sys.stdout, {}
    for name, row in figures(chosen.sites, chosen.entries, chosen.ticks):
        rows[name] = row
        if not chosen.json:
            print(f"{name:26}" + "  ".join(f"{key} {value:g}" for key, value in row.items()), file=told, flush=True)
    if chosen.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
