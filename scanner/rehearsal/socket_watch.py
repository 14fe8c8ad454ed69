"""The watch over sockets: during a scan, every process of the rehearsal is checked repeatedly (/proc).

Processes that hide their descriptors from an ordinary user, as the confined workers do, cannot be checked.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from scanner.rehearsal.network.loopback import OpenSocket, sockets_of

EVERY_SECONDS = 0.25


class SocketWatch:
    """Use as a context manager. `astray` holds each socket that was seen off the loopback; `seen` counts all looks."""

    def __init__(self) -> None:
        self.astray: set[OpenSocket] = set()
        self.seen = 0
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            self.look()

    def look(self) -> None:
        """Look once at this process and all its descendants."""
        for pid in descendants(os.getpid()):
            with suppress(PermissionError):
                sockets = sockets_of([pid])
                self.seen += len(sockets)
                self.astray.update(socket for socket in sockets if not socket.on_loopback)


def descendants(pid: int) -> Iterator[int]:
    """Return the process itself, its children, their children, and so on."""
    yield pid
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                for child in (task / "children").read_text(encoding="ascii").split():
                    yield from descendants(int(child))
