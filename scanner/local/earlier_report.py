"""An earlier report, so that what it tells of is not done again.

A report that was cut short, by Ctrl-C or by a power cut, ends within a line at worst: that last line is left out, and
its path done again. Any other line that is not one of a report of `check` makes the whole file the wrong one. Of each
path 20 bytes are kept, so that ten million of them fit into 200 MB. A path that stands twice counts once.
"""

import json
import secrets
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from config.faults import Fault, Refused
from matcher.verdict import Outcome
from scanner.local.tally import Tally

_MOST_LINE_BYTES: Final = 2**26
_MEND: Final = "Name a report that `sightline check --json` or `--out` wrote."


class PathSet:
    """A set of paths by 128 bits of a keyed hash: the key is new each time, so no file name can be made to collide.

    `first` holds the number of each path where it was given for the first time.
    """

    def __init__(self, paths: Iterable[bytes]) -> None:
        self._key = secrets.token_bytes(16)
        hashes = bytearray()
        for path in paths:
            hashes += self._hash(path)
        halves = np.frombuffer(bytes(hashes), dtype="<u8").reshape(-1, 2)
        order = np.lexsort((halves[:, 1], halves[:, 0]))
        halves = halves[order]
        new = np.ones(len(halves), bool)
        new[1:] = (halves[1:] != halves[:-1]).any(axis=1)
        self._halves, self.first = halves[new], order[new]

    def __len__(self) -> int:
        return len(self._halves)

    def __contains__(self, path: bytes) -> bool:
        first, second = np.frombuffer(self._hash(path), dtype="<u8")
        start, end = (np.searchsorted(self._halves[:, 0], first, side) for side in ("left", "right"))
        return bool((self._halves[start:end, 1] == second).any())

    def _hash(self, path: bytes) -> bytes:
        return blake2b(path, digest_size=16, key=self._key).digest()


@dataclass(frozen=True, slots=True)
class EarlierReport:
    """What an earlier report tells: its paths, their outcomes, and how many of its bytes are whole lines."""

    paths: PathSet
    tally: Tally
    whole_bytes: int
    written: float
    """When it was last written to, in seconds since 1970 (UTC)."""


def read_earlier(report: Path) -> EarlierReport | Refused:
    """Read a report line by line. Refused when it is not one, naming the line."""
    reading = _Reading(report)
    try:
        with report.open("rb") as file:
            written = report.stat().st_mtime
            paths = PathSet(reading.paths(file))
    except OSError as error:
        return Refused((Fault(str(report), f"cannot be read ({error.strerror})", "Check the path and permissions."),))
    except _NotOneError as error:
        return Refused((Fault(f"{report}, line {error}", "is not a line of a report", _MEND),))
    return EarlierReport(paths, reading.tally(paths.first), reading.whole_bytes, written)


def nothing_earlier() -> EarlierReport:
    """No earlier report."""
    return EarlierReport(PathSet(()), Tally(), 0, 0.0)


class _NotOneError(Exception):
    """Carries the number of the line that does not fit."""


class _Reading:
    def __init__(self, report: Path) -> None:
        self.report = report
        self.whole_bytes = 0
        self._numbers: dict[tuple[str, str | None], int] = {}
        self._ends = array("I")
        """How each line's path ended, by the number of that end."""

    def paths(self, file: BinaryIO) -> Iterable[bytes]:
        """The path of each whole line; how it ended is kept on the way."""
        number = 0
        while (line := file.readline(_MOST_LINE_BYTES)).endswith(b"\n"):
            number += 1
            told = _told(line)
            if told is None:
                raise _NotOneError(number)
            path, outcome, reason = told
            self._ends.append(self._numbers.setdefault((outcome, reason), len(self._numbers)))
            self.whole_bytes += len(line)
            yield path
        if len(line) == _MOST_LINE_BYTES:
            raise _NotOneError(number + 1)

    def tally(self, lines: npt.NDArray[np.intp]) -> Tally:
        """How the paths of these lines ended: of each path one, for a report may hold the lines of two runs."""
        counts = np.bincount(np.array(self._ends)[lines], minlength=len(self._numbers))
        tally = Tally()
        for (outcome, reason), number in self._numbers.items():
            tally.add(outcome, reason, int(counts[number]))
        return tally


def _told(line: bytes) -> tuple[bytes, str, str | None] | None:
    """Path, outcome and reason; None when this is no line of a report."""
    try:
        match json.loads(line):
            case {"path": str(path), "outcome": str(outcome), "reason": str() | None as reason, "matches": [*_]}:
                return path.encode("utf-8", "surrogateescape"), Outcome(outcome).value, reason
    except (ValueError, RecursionError):
        return None
    return None
