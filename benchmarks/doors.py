"""Where the scanner's own processor time goes: `python -m benchmarks.doors CONFIGURATION` scans once.

Every listed site is visited, as by `sightline scan --once`, with a clock around each port that visits reach the world
through: the thread's processor time while a call is under way. Sealing, which the ledger does within its steps, has a
clock of its own. What no port holds (the crawl, records in plain text, threads) is the rest. Prints seconds as JSON.
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from config.faults import Refused
from config.load import load
from matcher.matching.examiner import PictureExaminer
from reports.ledger.ledger import Addressed, Ledger
from scanner.app import App, NotReady, opened
from scanner.daemon.daemon import GRACE_SECONDS
from scanner.daemon.once import scan_once
from scanner.visit.services import VisitServices

START, FETCH, MATCH, LOG, SEAL, PERMIT, ASK, REST = "start", "fetch", "match", "log", "seal", "permit", "ask", "rest"
"""`ask`: to hand bytes to workers, digests included, and to read what they answer."""
_WITHIN: Final = frozenset({"alone", "leased"})
"""Calls that lend another port of the same kind for as long as a block lasts."""
_ANOTHER: Final = "under"
"""The call that gives another."""


class Clocks:
    """Processor seconds by part, of all threads; a part within another counts as itself alone."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._all: list[Counter[str]] = []

    def seconds(self) -> Counter[str]:
        """Return the seconds of each part so far."""
        return sum(self._all, Counter[str]())

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """While the block lasts, this thread works for this part."""
        outer = self._turn(name)
        try:
            yield
        finally:
            self._turn(outer)

    def _turn(self, name: str) -> str:
        """From now on this thread works for this part; for which it did."""
        now, own = time.thread_time(), self._own
        if not hasattr(own, "part"):
            own.seconds, own.part, own.since = Counter[str](), "", now
            self._all.append(own.seconds)
        outer: str = own.part
        if outer:
            own.seconds[outer] += now - own.since
        own.part, own.since = name, now
        return outer


class Door:
    """A port with a clock around each of its calls."""

    def __init__(self, port: object, part: str, clocks: Clocks) -> None:
        self._port, self._part, self._clocks = port, part, clocks

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the port has
        found = getattr(self._port, name)
        if not callable(found):
            return found
        if name in _WITHIN:
            return lambda: self._lent(found)
        if name == _ANOTHER:
            return lambda *words: Door(found(*words), self._part, self._clocks)
        return self._timed(found)

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*words: object, **named: object) -> Any:  # noqa: ANN401 - what the call gives
            with self._clocks.part(self._part):
                return call(*words, **named)

        return timed

    @contextmanager
    def _lent(self, lend: Callable[[], Any]) -> Iterator["Door"]:
        with lend() as port:
            yield Door(port, self._part, self._clocks)


class SealingLedger(Ledger):
    """A ledger with a clock around its sealing."""

    clocks: Clocks

    def _sealed(self, addressed: Sequence[Addressed]) -> list[bytes]:
        with self.clocks.part(SEAL):
            return super()._sealed(addressed)


def behind_doors(app: App, clocks: Clocks) -> VisitServices:
    """Return the app's services, each port behind a door."""
    ledger = SealingLedger.__new__(SealingLedger)
    vars(ledger).update(vars(app.ledger), clocks=clocks)

    def door(port: object, part: str) -> Any:  # noqa: ANN401 - whatever the port is
        return Door(port, part, clocks)

    hasher = door(app._hasher, ASK)  # noqa: SLF001 - the app's own, behind a door
    return replace(
        app.world,
        permits=door(app.world.permits, PERMIT),
        fetcher=door(app.world.fetcher, FETCH),
        reader=door(app.world.reader, ASK),
        examiner=PictureExaminer(hasher, door(app.hash_lists.judge, MATCH)),
        ledger=door(ledger, LOG),
    )


def scan(app: App) -> Mapping[str, float]:
    """Visit every site once; processor seconds by part."""
    clocks, started = Clocks(), time.process_time()
    app.world = behind_doors(app, clocks)
    scan_once(app, threading.Event(), lambda *_: None, GRACE_SECONDS)
    parts = dict(clocks.seconds())
    return {START: started, **parts, REST: time.process_time() - started - sum(parts.values())}


def main() -> int:
    """Scan, and print seconds by part. Exit status 1 when the scanner cannot start."""
    settings = load(Path(sys.argv[1]))
    if isinstance(settings, Refused):
        print(settings, file=sys.stderr)
        return 1
    with opened(settings, "scan", lambda *_: None) as app:
        if isinstance(app, NotReady):
            print(app.refused, file=sys.stderr)
            return 1
        print(json.dumps(scan(app)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
