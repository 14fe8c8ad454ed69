"""Containers among local files: opened in confined workers, each by a worker that opens no other.

The workers start at the first container: most checks need none.
"""

from collections import Counter
from dataclasses import dataclass
from threading import Lock
from typing import Final

from matcher.containers.contents import LEVEL
from matcher.worker.layers import NONE, Layer
from scanner.page.content import PictureRef
from scanner.page.port import Unreadable
from scanner.page.reading.notes import Note
from scanner.page.worker.reader import PageLimits, WorkerPageReader

_BY_OFFSET: Final = frozenset(("embedded", "appended"))
"""Names of what was found in other bytes."""


@dataclass(frozen=True, slots=True)
class OpenedContainer:
    """The files in a container by their paths within it; `complete` is False if there are more than the limit."""

    files: tuple[tuple[str, PictureRef], ...]
    complete: bool


class ContainerOpener:
    """Opens containers. Thread-safe. `accepted` are layers of confinement that may be missing."""

    def __init__(self, workers: int, max_bytes: int, accepted: Layer = NONE) -> None:
        self._workers = workers
        self._limits = PageLimits(max_page_bytes=max_bytes)
        self._accepted = accepted
        self._lock = Lock()
        self._reader: WorkerPageReader | None = None

    def contents(self, untrusted: bytes) -> OpenedContainer | Unreadable:
        """Return the files in a container, or the pictures embedded in another file."""
        with self._started().isolated() as reader:
            content = reader.read(untrusted, "", "")
        if isinstance(content, Unreadable):
            return content
        files = tuple((shown_path(picture.untrusted_entry), picture) for picture in content.pictures)
        return OpenedContainer(_each_once(files), Note.MORE_ENTRIES.value not in content.notes)

    def close(self) -> None:
        """End the workers."""
        if self._reader is not None:
            self._reader.close()

    def _started(self) -> WorkerPageReader:
        with self._lock:
            if self._reader is None:
                self._reader = WorkerPageReader(self._workers, self._limits, accepted=self._accepted)
            return self._reader


def shown_path(untrusted_entry: str) -> str:
    """Return the path of a file within a container, without the ordinals."""
    levels = (level.partition("/") for level in untrusted_entry.split(LEVEL))
    return LEVEL.join(
        f"{name} at byte {ordinal}" if name in _BY_OFFSET else name or ordinal for ordinal, _, name in levels
    )


def _each_once(files: tuple[tuple[str, PictureRef], ...]) -> tuple[tuple[str, PictureRef], ...]:
    """Return the files with a number added to the second and later ones of one path."""
    seen: Counter[str] = Counter()
    named = []
    for path, picture in files:
        seen[path] += 1
        named.append((path if seen[path] == 1 else f"{path} ({seen[path]})", picture))
    return tuple(named)
