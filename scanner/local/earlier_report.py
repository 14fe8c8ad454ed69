"""An earlier report of `check`, whose paths are not examined again.

An interrupted report may end within a line: that line is ignored, and its path examined again. Any other invalid line
rejects the file. Each path takes 20 bytes, so that ten million fit into 200 MB. A path with two lines counts once.
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
from scanner.local.tally import NOT_EXAMINED, Tally

_MOST_LINE_BYTES: Final = 2**26
_OUTCOMES: Final = frozenset((*Outcome, NOT_EXAMINED))
_FIX: Final = "Name a report that `sightline check --json` or `--out` wrote."


class PathSet:
    """A set of paths as 128-bit keyed hashes. The key is random, so that no file name can be made to collide.

    `first` holds the number of the first occurrence of each path.
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
    """The paths of an earlier report, their outcomes, and the size of its complete lines."""

    paths: PathSet
    tally: Tally
    whole_bytes: int
    written: float
    """Time of the last write, in seconds since 1970 (UTC)."""


def read_earlier(report: Path) -> EarlierReport | Refused:
    """Read a report line by line. Refused with the line number if a line is invalid."""
    reading = _Reading(report)
    try:
        with report.open("rb") as file:
            written = report.stat().st_mtime
            paths = PathSet(reading.paths(file))
    except OSError as error:
        return Refused((Fault(str(report), f"cannot be read ({error.strerror})", "Check the path and permissions."),))
    except _InvalidLineError as error:
        return Refused((Fault(f"{report}, line {error}", "is not a line of a report", _FIX),))
    return EarlierReport(paths, reading.tally(paths.first), reading.whole_bytes, written)


def nothing_earlier() -> EarlierReport:
    """Return an empty earlier report."""
    return EarlierReport(PathSet(()), Tally(), 0, 0.0)


_Line = tuple[bytes, str, str | None]
"""Path, outcome and reason. A zero byte separates the path of a file in a container from that of the container."""


class _InvalidLineError(Exception):
    """Holds the number of the invalid line."""


class _Reading:
    def __init__(self, report: Path) -> None:
        self.report = report
        self.whole_bytes = 0
        self._numbers: dict[tuple[str, str | None], int] = {}
        self._ends = array("I")
        """For each line, the number of its outcome and reason."""

    def paths(self, file: BinaryIO) -> Iterable[bytes]:
        """Yield the path of each complete line, and record its outcome.

        The files in a container come before it: without its line, they are examined again.
        """
        number, size = 0, 0
        within: list[_Line] = []
        while (line := file.readline(_MOST_LINE_BYTES)).endswith(b"\n"):
            number, size = number + 1, size + len(line)
            parsed = _parsed(line)
            if parsed is None:
                raise _InvalidLineError(number)
            within.append(parsed)
            if b"\0" not in parsed[0]:
                yield from map(self._ended, within)
                self.whole_bytes += size
                within, size = [], 0
        if len(line) == _MOST_LINE_BYTES:
            raise _InvalidLineError(number + 1)

    def _ended(self, line: "_Line") -> bytes:
        path, outcome, reason = line
        self._ends.append(self._numbers.setdefault((outcome, reason), len(self._numbers)))
        return path

    def tally(self, lines: npt.NDArray[np.intp]) -> Tally:
        """Count the outcomes of these lines: one for each path, since a report may hold the lines of two runs."""
        counts = np.bincount(np.array(self._ends)[lines], minlength=len(self._numbers))
        tally = Tally()
        for (outcome, reason), number in self._numbers.items():
            tally.add(outcome, reason, int(counts[number]))
        return tally


def _parsed(line: bytes) -> _Line | None:
    """Return path, outcome and reason; None for an invalid line."""
    try:
        match parsed := json.loads(line):
            case {"path": str(path), "outcome": str(outcome), "reason": str() | None as reason, "matches": [*_]}:
                within = parsed.get("within", "")
                is_valid = outcome in _OUTCOMES and isinstance(within, str)
                key = f"{path}\0{within}" if within else path
                return (key.encode("utf-8", "surrogateescape"), outcome, reason) if is_valid else None
    except (ValueError, RecursionError):
        return None
    return None
