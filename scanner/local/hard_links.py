"""Hard links: a file with several names is examined once, and each name gets the result."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from scanner.local.walk import Inode, LocalFile

R = TypeVar("R")

MOST_HELD: Final = 2**16
"""Limit of remembered files with further names. Beyond it the oldest is forgotten, and examined again."""


@dataclass(slots=True)
class _Held(Generic[R]):
    result: Future[R]
    seen: int = 1


class Links(Generic[R]):
    """Results of files with names still to come. For one thread."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._held: dict[Inode, _Held[R]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def known(self, file: LocalFile) -> Future[R] | None:
        """Return the pending result of this file under an earlier name; None for its first name."""
        held = self._held.get(file.inode)
        if held is None:
            return None
        held.seen += 1
        if held.seen >= file.names:
            del self._held[file.inode]
        return held.result

    def submit(self, file: LocalFile, submit: Callable[[LocalFile], Future[R]]) -> Future[R]:
        """Submit a file, and remember its result if it has further names."""
        result = submit(file)
        if file.names > 1:
            if len(self._held) >= self._most:
                del self._held[next(iter(self._held))]
            self._held[file.inode] = _Held(result)
        return result
