"""How much memory each part of a scan holds while it goes on: read from /proc again and again. Linux only."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final, Self

from benchmarks.processes import NETWORK, Parts

EVERY_SECONDS: Final = 0.5
ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class Held:
    """What was held when the sites had seen so many requests: bytes and processes by part."""

    requests: int
    bytes_of: dict[str, int]
    processes_of: dict[str, int]

    @property
    def all_bytes(self) -> int:
        """Of all parts together."""
        return sum(self.bytes_of.values())

    def row(self) -> dict[str, int]:
        """For printing: MiB of each part, and of all."""
        parts = {part: round(held / 2**20) for part, held in sorted(self.bytes_of.items())}
        return {"requests": self.requests, **parts, "all": round(self.all_bytes / 2**20), **self._counts()}

    def _counts(self) -> dict[str, int]:
        return {f"{part} processes": count for part, count in sorted(self.processes_of.items()) if count > 1}


class MemoryWatch:
    """All that our child processes hold, but for the private network; `requests` tells how far the sites' logs are."""

    def __init__(self, parts: Parts, requests: Callable[[], int]) -> None:
        self._parts = parts
        self._requests = requests
        self._seen: list[Held] = []
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def peak_bytes(self) -> int:
        """The most that all parts held at once."""
        return max((one.all_bytes for one in self._seen), default=0)

    def rows(self) -> list[Held]:
        """Return the memory after each tenth of the requests."""
        first, last = self._seen[0].requests, self._seen[-1].requests
        marks = [first + (last - first) * number / ROWS for number in range(1, ROWS)]
        return [next(one for one in self._seen if one.requests >= mark) for mark in marks] + self._seen[-1:]

    def _watch(self) -> None:
        self._look()
        while not self._over.wait(EVERY_SECONDS):
            self._look()

    def _look(self) -> None:
        held, processes = dict[str, int](), dict[str, int]()
        for pid, part in self._parts.running():
            if part != NETWORK and (in_use := bytes_of(pid)):
                held[part] = held.get(part, 0) + in_use
                processes[part] = processes.get(part, 0) + 1
        self._seen.append(Held(self._requests(), held, processes))


def bytes_of(pid: int) -> int:
    """Its proportional set; its resident set where it hides the former, as confined workers do; 0 when it is gone."""
    for name, line_of in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/{name}").read_text(encoding="ascii").splitlines()
            return sum(1024 * int(line.split()[1]) for line in lines if line.startswith(line_of))
    return 0
