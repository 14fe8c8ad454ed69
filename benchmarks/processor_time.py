"""Where the processor's time of a scan goes: read from /proc for each process of ours while it runs. Linux only."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final, Self

from benchmarks.processes import Parts

TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class ProcessorTime:
    """Seconds by part, from the moment that a process is first seen."""

    parts: Parts
    _first: dict[int, float] = field(default_factory=dict)
    _last: dict[int, tuple[str, float]] = field(default_factory=dict)
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
        """What each part has used."""
        used: dict[str, float] = {}
        for pid, (kind, seconds) in self._last.items():
            used[kind] = used.get(kind, 0.0) + seconds - self._first[pid]
        return used

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self._look()
        self._look()

    def _look(self) -> None:
        for pid, part in self.parts.running():
            with suppress(OSError):
                self._take(pid, part)

    def _take(self, pid: int, part: str) -> None:
        """Utime and stime, the 14th and 15th field of `stat` (proc(5)); a new process began from nothing."""
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        seconds = (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
        self._first.setdefault(pid, seconds if self.parts.known(pid) else 0.0)
        self._last[pid] = part, seconds
