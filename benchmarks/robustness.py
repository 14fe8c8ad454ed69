"""Hostile or odd pictures through the real, confined worker: `python -m benchmarks.robustness [FOLDER...]`.

Without a folder the generated ones (`hostile_pictures.py`); `--write FOLDER` lays them down instead, for other tools.
With folders, every file in and below them, so that whoever has public corpora can run those: one row for each.

A row tells how many files were hashed, how many ended as undecided with which reason, and how many workers were killed
or timed out; the longest decode (wall clock, a second try included) and the most memory that a worker had. Exit status
1 when any worker crashed, made a forbidden system call, lied, answered nonsense or had to be killed for its time.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Final

from benchmarks.hostile_pictures import families
from matcher.fingerprint import UndecidedReason
from matcher.limits import ExaminationLimits
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer

HASHED: Final = "hashed"
KILLED: Final = frozenset(reason for reason in UndecidedReason if reason.startswith("killed"))
LIMITS: Final = ExaminationLimits(max_frames=64, seconds_per_picture=15, worker_memory_bytes=2**30)
"""Those of a configuration that changes none."""
_BATCH: Final = 256
_EXAMPLES: Final = 5


@dataclass(slots=True)
class Row:
    """How the files of one family or folder ended."""

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    killed: list[str] = field(default_factory=list)
    """The first few files that cost a worker, each with the reason."""
    longest_seconds: float = 0.0
    longest_file: str = ""
    peak_bytes: int = 0

    @property
    def files(self) -> int:
        """How many there were."""
        return self.outcomes.total()

    @property
    def workers_lost(self) -> int:
        """How many files ended as undecided because their worker had to be, or was, killed."""
        return sum(count for outcome, count in self.outcomes.items() if outcome in KILLED)


class Runner:
    """Examines files by a few workers at once and fills in rows. Counts what was examined, for those who wait."""

    def __init__(self, hasher: WorkerHasher, *, say: bool) -> None:
        self._hasher = hasher
        self._adding = Lock()
        self._say = say

    def run(self, name: str, files: Iterable[tuple[str, bytes]]) -> Row:
        """One row. Each family has workers of its own, as each site has."""
        row, todo = Row(name), iter(files)
        with self._hasher.leased() as leased, ThreadPoolExecutor(self._hasher.workers) as threads:

            def examine(file: tuple[str, bytes]) -> None:
                begun = time.perf_counter()
                found = leased.fingerprint(file[1], full=True)
                seconds, peak = time.perf_counter() - begun, max(map(peak_of, self._hasher.pids()), default=0)
                with self._adding:
                    self._add(row, file[0], found.undecided, seconds, peak)

            while batch := list(islice(todo, _BATCH)):
                list(threads.map(examine, batch))
                for untrusted in leased.suspects():
                    leased.fingerprint(untrusted, full=True)
                if self._say:
                    print(f"\r{name}: {row.files:,} files ", end="", file=sys.stderr)
        return row

    @staticmethod
    def _add(row: Row, file: str, reason: UndecidedReason | None, seconds: float, peak: int) -> None:
        row.outcomes[reason or HASHED] += 1
        row.peak_bytes = max(row.peak_bytes, peak)
        if reason in KILLED and len(row.killed) < _EXAMPLES:
            row.killed.append(f"{file}: {reason}")
        if seconds > row.longest_seconds:
            row.longest_seconds, row.longest_file = seconds, file


def peak_of(pid: int) -> int:
    """Return a process's peak resident memory; 0 if it is gone."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return 0


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Return every regular file, by path. Follow no link."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(folder)), path.read_bytes()


def write_down(folder: Path, made: Mapping[str, Iterable[tuple[str, bytes]]]) -> int:
    """Lay generated pictures into folders, one for each family; how many."""
    count = 0
    for family, files in made.items():
        place = folder / family.replace(" ", "-")
        place.mkdir(parents=True)
        for number, (name, untrusted) in enumerate(files):
            readable = "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in name)
            (place / f"{number:05}-{readable}").write_bytes(untrusted)
            count += 1
    return count


def table(rows: list[Row]) -> str:
    """Return the rows for people, with the undecided ones and the files that cost a worker."""
    lines = [f"{'family':28} {'files':>7} {'hashed':>7} {'undecided':>9} {'killed':>6} {'longest s':>9} {'peak MB':>7}"]
    for row in rows:
        hashed, lost = row.outcomes[HASHED], row.workers_lost
        undecided = row.files - hashed - lost
        peak = row.peak_bytes / 2**20
        counts = f"{row.files:7,} {hashed:7,} {undecided:9,} {lost:6,}"
        lines.append(f"{row.name[-28:]:28} {counts} {row.longest_seconds:9.2f} {peak:7.0f}")
    reasons: Counter[str] = Counter()
    for row in rows:
        reasons.update({outcome: count for outcome, count in row.outcomes.items() if outcome != HASHED})
    lines += ["", *(f"{count:7,} {reason}" for reason, count in reasons.most_common())]
    return "\n".join([*lines, *(f"KILLED {one}" for row in rows for one in row.killed)])


def as_json(rows: list[Row]) -> dict[str, object]:
    """Return the rows for programs."""
    fields = ("name", "files", "outcomes", "workers_lost", "killed", "longest_seconds", "longest_file", "peak_bytes")
    told = [{name: getattr(row, name) for name in fields} for row in rows]
    return {"workers_lost": sum(row.workers_lost for row in rows), "rows": told}


def main() -> int:
    """Run, print the table or JSON, and end with 1 when a worker was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folders", nargs="*", type=Path, help="files to examine, instead of the generated ones")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--quick", action="store_true", help="a tenth of truncations, flips and splices")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="lay the generated pictures down here, and end")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    share = 0.1 if chosen.quick else 1.0
    if chosen.write:
        print(f"{write_down(chosen.write, families(share)):,} files")
        return 0
    todo = {str(folder): files_below(folder) for folder in chosen.folders} or families(share)
    with closing(WorkerHasher(chosen.workers, LIMITS, accepted=Layer.NAMESPACES)) as hasher:
        runner = Runner(hasher, say=sys.stderr.isatty())
        rows = [runner.run(name, files) for name, files in todo.items()]
    print(json.dumps(as_json(rows), indent=2) if chosen.json else table(rows))
    return 1 if any(row.workers_lost for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
