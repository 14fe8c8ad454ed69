"""The index beside its peers: latency, build and memory, in one run.

    python -m benchmarks.index [--quick] [--sizes 100000,1000000,10000000] [--rounds 5] [--json]

Exact search for every code within 31 bits, on codes skewed as those of real pictures are, and on uniform ones. Each
index lives in a process of its own, with one thread; this project's and one peer's take turns, all queries at a time,
so that a busy machine disturbs both alike. A query counts with its best time of all rounds, an index with the median
over its queries. Both must find the same number of hits, or the run fails. Ten million need 12 GB of memory.
What peers lack, changes and restarts, is measured by `benchmarks.index_change`.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import codes as made
from benchmarks.index_engine import ENGINES
from matcher.index.codes import Codes

OURS = "sightline"
SIZES = (100_000, 1_000_000, 10_000_000)
QUICK_SIZES = (100_000,)
QUERIES = 200
KINDS = ("skewed", "uniform")


@dataclass(frozen=True)
class Row:
    """One peer at one size. `faster`, `faster_to_build` and `memory` are the peer's figure divided by ours."""

    entries: int
    codes: str
    peer: str
    peer_ms: float
    ours_ms: float
    faster: float
    peer_build_s: float
    ours_build_s: float
    faster_to_build: float
    peer_bytes: float
    ours_bytes: float
    memory: float


class Engine:
    """An index in a process of its own."""

    def __init__(self, name: str, memory: int, count: int) -> None:
        command = [sys.executable, "-m", "benchmarks.index_engine", name, str(memory), str(count), str(QUERIES)]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=[memory], env=environment
        )
        self.built = self._answer()
        self.best_ms = [float("inf")] * QUERIES
        self.hits = 0

    def round(self) -> None:
        """Time each query once more."""
        print("round", file=self._process.stdin, flush=True)
        answer = self._answer()
        self.hits = answer["hits"]
        self.best_ms = [min(pair) for pair in zip(self.best_ms, answer["times_ms"], strict=True)]

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            sys.exit("an index ended before its time: is there enough memory?")
        answer: dict[str, Any] = json.loads(line)
        return answer


def shared(codes: Codes, queries: Codes) -> int:
    """Return a descriptor of memory that holds both, for other processes to map."""
    memory = os.memfd_create("codes")
    for part in (codes, queries):
        view = np.ascontiguousarray(part).view(np.uint8).reshape(-1).data
        while view:
            view = view[os.write(memory, view) :]
    return memory


def compared(kind: str, count: int, rounds: int) -> Iterator[Row]:
    """This project's index beside each peer's, on codes of one kind."""
    codes = made.skewed(count, seed=1) if kind == "skewed" else made.uniform(count, seed=1)
    memory = shared(codes, made.queries(codes, QUERIES, seed=2))
    del codes
    ours = Engine(OURS, memory, count)
    for name in ENGINES:
        if name != OURS:
            peer = Engine(name, memory, count)
            take_turns(ours, peer, rounds)
            yield row(kind, count, name, ours, peer)
            peer.close()
    ours.close()
    os.close(memory)


def take_turns(ours: Engine, peer: Engine, rounds: int) -> None:
    """Time both, one after the other, several times. Exits when they disagree."""
    ours.best_ms = [float("inf")] * QUERIES
    for _ in range(rounds):
        ours.round()
        peer.round()
    if ours.hits != peer.hits:
        sys.exit(f"the indexes disagree: {ours.hits} hits and {peer.hits}")


def row(kind: str, count: int, name: str, ours: Engine, peer: Engine) -> Row:
    """Return the figures of both."""
    ours_ms, peer_ms = median(ours.best_ms), median(peer.best_ms)
    ours_s, peer_s = ours.built["build_s"], peer.built["build_s"]
    ours_bytes, peer_bytes = ours.built["bytes_per_entry"], peer.built["bytes_per_entry"]
    return Row(
        entries=count,
        codes=kind,
        peer=name,
        peer_ms=peer_ms,
        ours_ms=ours_ms,
        faster=peer_ms / ours_ms,
        peer_build_s=peer_s,
        ours_build_s=ours_s,
        faster_to_build=peer_s / ours_s,
        peer_bytes=peer_bytes,
        ours_bytes=ours_bytes,
        memory=peer_bytes / ours_bytes,
    )


def show(rows: list[Row]) -> None:
    """Return the rows as a table: the peer's figure, ours, and their ratio."""
    heads = (
        "entries",
        "codes",
        "peer",
        "query ms",
        "ours",
        "times",
        "build s",
        "ours",
        "times",
        "bytes",
        "ours",
        "times",
    )
    table = Table(*heads, box=None)
    for one in rows:
        table.add_row(
            *(f"{one.entries:,}", one.codes, one.peer),
            *(f"{one.peer_ms:.2f}", f"{one.ours_ms:.2f}", f"{one.faster:.1f}"),
            *(f"{one.peer_build_s:.1f}", f"{one.ours_build_s:.1f}", f"{one.faster_to_build:.1f}"),
            *(f"{one.peer_bytes:.0f}", f"{one.ours_bytes:.0f}", f"{one.memory:.1f}"),
        )
    Console(width=130).print(table)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 entries and two rounds")
    parser.add_argument("--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="the rows as JSON")
    asked = parser.parse_args()
    sizes, rounds = (QUICK_SIZES, 2) if asked.quick else (asked.sizes, asked.rounds)
    rows = [found for count in sizes for kind in KINDS for found in compared(kind, count, rounds)]
    if asked.json:
        print(json.dumps([asdict(one) for one in rows], indent=2))
    else:
        show(rows)


if __name__ == "__main__":
    main()
