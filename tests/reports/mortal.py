"""Scanners that are killed. Run as a program, it forks one scanner for each way to die, so that Python starts once.

    python -m tests.reports.mortal statement FOLDER N  killed before each N-th database statement or commit
    python -m tests.reports.mortal moment FOLDER       killed at random moments, whatever it does then

Each scanner works in FOLDER/<number>; it writes the names of the steps that returned to `done` there, unbuffered.
The last scanner of `statement` lives to the end: its folder holds a file `lived`.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from sqlite3 import Connection

from sqlalchemy import Engine, event  # noqa: TID251 - to die between two of the ledger's statements

from tests.reports.benches import KEYS, RECIPIENT, Bench, picture

MOMENTS = 120
"""With the statements of the other way, and the calls of tests/faults, more than two hundred points."""
STEPS_MOST, LATER_MOST = 6, 0.006
"""A scanner dies after up to so many steps, and up to so many seconds later."""
READS = ("SELECT", "PRAGMA", "--")
KEY_FILE, RECIPIENT_FILE = "signing.key", "recipient"
"""In FOLDER: what the scanners wrote with."""


def scan(bench: Bench, done: Callable[[str], object]) -> None:
    """A scanner's day: two pages of one site, the end of its visit, a referral, the claim of another site."""
    claim = bench.claim(1)
    done("claimed")
    for page in ("page 1", "page 2"):
        leaves = bench.intend(claim, 2)
        done(f"{page} intended")
        ended = [bench.ended(leaf) for leaf in leaves]
        bench.ledger.conclude(claim, ended, bench.told(picture(1), picture(2, f"/{page}")))
        done(f"{page} concluded")
    bench.end(claim)
    done("ended")
    bench.ledger.mark_delivered(RECIPIENT, [s.record_id for s in bench.ledger.undelivered(RECIPIENT)], "referral-1")
    done("referred")
    bench.ledger.confirm_delivery("referral-1", "ab" * 32)
    done("confirmed")


def endless(bench: Bench, done: Callable[[str], object]) -> None:
    """A visit that never ends."""
    claim = bench.claim(1)
    for page in count():
        bench.page(claim, [picture(page)])
        done(f"page {page}")


def die_at(statement: int) -> None:
    """Die before this write, begin or commit of any database, counted from now, as the database itself tells of them.

    To die before a read is to die before the write that follows it.
    """
    passed = count(1)

    def step(told: str) -> None:
        if not told.startswith(READS) and next(passed) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def trace(connection: Connection, _: object) -> None:
        connection.set_trace_callback(step)

    event.listen(Engine, "connect", trace)


def forked(work: Callable[[], None]) -> int:
    """Do the work in a child; its process id."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return child


def by_statement(folder: Path, every: int) -> None:
    """One scanner for each `every`-th statement of its day."""
    for number in count(1, every):
        place = folder / str(number)
        place.mkdir()

        def work(place: Path = place, number: int = number) -> None:
            die_at(number)
            with (place / "done").open("w", buffering=1) as done:
                scan(Bench(place), lambda step: print(step, file=done))
            (place / "lived").touch()

        os.waitpid(forked(work), 0)
        if (place / "lived").exists():
            return


def by_moment(folder: Path) -> None:
    """Scanners that die from outside: some time after they have reported so many steps."""
    chance = Random(1)  # noqa: S311 - it chooses moments, and always the same
    for number in range(1, MOMENTS + 1):
        steps = chance.randint(1, STEPS_MOST)
        place = folder / str(number)
        place.mkdir()
        reading, writing = os.pipe()

        def work(place: Path = place, writing: int = writing) -> None:
            with (place / "done").open("w", buffering=1) as done:
                endless(Bench(place), lambda step: print(step, file=done) or os.write(writing, b"."))

        child = forked(work)
        for _ in range(steps):
            os.read(reading, 1)
        (place / "awaited").write_text(str(steps))
        time.sleep(chance.uniform(0, LATER_MOST))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        os.close(writing)


if __name__ == "__main__":
    (Path(sys.argv[2]) / KEY_FILE).write_bytes(KEYS.signing.to_pem())
    (Path(sys.argv[2]) / RECIPIENT_FILE).write_text(RECIPIENT)
    if sys.argv[1] == "moment":
        by_moment(Path(sys.argv[2]))
    else:
        by_statement(Path(sys.argv[2]), int(sys.argv[3]))
