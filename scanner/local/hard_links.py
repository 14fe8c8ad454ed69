"""Hard links: a file with several names is examined once, and each of its names gets the result."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from scanner.local.walk import Inode, LocalFile

R = TypeVar("R")

MOST_HELD: Final = 2**16
"""As many files are remembered whose other names are still to come; the oldest is forgotten, and examined again."""


@dataclass(slots=True)
class _Held(Generic[R]):
    result: Future[R]
    seen: int = 1


class Links(Generic[R]):
    """The results of files of which not every name has been met. For one thread."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._held: dict[Inode, _Held[R]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def met(self, file: LocalFile) -> Future[R] | None:
        """The result that was asked for under another name of this file; None for its first name."""
        held = self._held.get(file.inode)
        if held is None:
            return None
        held.seen += 1
        if held.seen >= file.names:
            del self._held[file.inode]
        return held.result

    def asked(self, file: LocalFile, ask: Callable[[LocalFile], Future[R]]) -> Future[R]:
        """Ask for a file's result, and remember it if the file has further names."""
        result = ask(file)
        if file.names > 1:
            if len(self._held) >= self._most:
                del self._held[next(iter(self._held))]
            self._held[file.inode] = _Held(result)
        return result
