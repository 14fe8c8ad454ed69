"""Where the processor's time of a scan goes: read from /proc for each process of ours while it runs. Linux only."""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final, Self

from scanner.rehearsal.watch import descendants

TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
PARSE, HASH, TOR, SCANNER, NETWORK = "parse", "hash", "tor", "fetch, match, log, seal", "network and sites"
_KINDS: Final = {b"scanner.page.child": PARSE, b"matcher.worker.child": HASH, b"-f\0-\0": TOR}
"""What stands in a process's command line. Whatever else descends from the scan is the scanner itself."""


@dataclass(slots=True)
class ProcessorTime:
    """Seconds by part, from the moment that a process is first seen. `tors` and `network` are known beforehand."""

    tors: Collection[int] = ()
    network: Collection[int] = ()
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
        for pid in {*descendants(os.getpid()), *self.tors, *self.network} - {os.getpid()}:
            with suppress(OSError):
                self._take(pid)

    def _take(self, pid: int) -> None:
        """Utime and stime, the 14th and 15th field of `stat` (proc(5)); a new process began from nothing."""
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        seconds = (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
        known = pid in self.tors or pid in self.network
        self._first.setdefault(pid, seconds if known else 0.0)
        self._last[pid] = self._kind(pid), seconds

    def _kind(self, pid: int) -> str:
        if pid in self.tors:
            return TOR
        if pid in self.network:
            return NETWORK
        told = Path(f"/proc/{pid}/cmdline").read_bytes()
        return next((kind for mark, kind in _KINDS.items() if mark in told), SCANNER)
