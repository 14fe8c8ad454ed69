"""Where the processor's time of a scan goes: read from /proc for each process of ours while it runs. Linux only."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final, Self

from benchmarks.processes import HASH, PARSE, Parts

TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
EVERY_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class _Used:
    """Seconds of one process, and its parent; of a fork server, those of the workers that it waited for as well."""

    part: str
    parent: int
    seconds: float


@dataclass(slots=True)
class ProcessorTime:
    """Seconds by part, from the moment that a process is first seen."""

    parts: Parts
    _first: dict[int, float] = field(default_factory=dict)
    _last: dict[int, _Used] = field(default_factory=dict)
    _over: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def __enter__(self) -> Self:
        self._look()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def seconds(self) -> Mapping[str, float]:
        """Return the CPU seconds of each part."""
        used: dict[str, float] = {}
        for pid, last in self._last.items():
            used[last.part] = used.get(last.part, 0.0) + last.seconds - self._first[pid]
        return used

    def _watch(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            self._look()
        self._look()

    def _look(self) -> None:
        running = dict(self.parts.running())
        for pid, part in running.items():
            with suppress(OSError):
                self._take(pid, part)
        for pid in [pid for pid, last in self._last.items() if pid not in running and self._waited(last, running)]:
            del self._last[pid]

    def _take(self, pid: int, part: str) -> None:
        """Count a new process from zero."""
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        own, waited = (sum(map(int, fields[at : at + 2])) for at in (11, 13))  # the 14th to 17th of proc(5)
        seconds = (own + (waited if part in {HASH, PARSE} else 0)) / TICKS_PER_SECOND
        self._first.setdefault(pid, seconds if self.parts.known(pid) else 0.0)
        self._last[pid] = _Used(part, int(fields[1]), seconds)

    @staticmethod
    def _waited(last: _Used, running: Mapping[int, str]) -> bool:
        """Return True if an ended process is in its fork server's time: a sample would fall short."""
        return last.part in {HASH, PARSE} and running.get(last.parent) == last.part
