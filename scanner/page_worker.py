"""The port to the confined page workers: `PageReader` over a pool of processes in which hostile HTML is read.

A page whose worker is late or dies is read once more, in a fresh worker, by the second parser alone: it is linear, and
small. Then it is unreadable. Other pages are never affected: each worker holds one page at a time.
"""

import queue
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from matcher.worker.process import ConfinedProcess, Ending
from scanner.page.answer import request
from scanner.page.reply import MAX_REPLY_BYTES, MalformedReplyError, unpack
from scanner.ports import PageContent, Unreadable

CHILD: Final = "scanner.page.child"
START_SECONDS: Final = 60.0

WORKER_KILLED: Final = Unreadable("worker killed")
TIME_LIMIT: Final = Unreadable("time limit")
TOO_LARGE: Final = Unreadable("too large")


@dataclass(frozen=True, slots=True)
class PageLimits:
    """What reading one page may cost. The seconds are for each of two tries."""

    max_page_bytes: int = 16 * 2**20
    seconds_per_page: float = 10.0
    worker_memory_bytes: int = 2 * 2**30


class WorkerPageReader:
    """`PageReader`: pages are read by `workers` confined processes, as many at once. Thread-safe."""

    def __init__(self, workers: int = 1, limits: PageLimits | None = None, child: str = CHILD) -> None:
        self._limits = limits or PageLimits()
        self._child = child
        self._slots = [_Slot(self._start) for _ in range(workers)]
        self._idle: queue.LifoQueue[_Slot] = queue.LifoQueue()
        for slot in self._slots:
            self._idle.put(slot)

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        """Links, pictures and notes of one page at `url`. Waits for an idle worker; raises nothing."""
        if len(untrusted_page) > self._limits.max_page_bytes:
            return TOO_LARGE
        slot = self._idle.get()
        try:
            result: PageContent | Unreadable = WORKER_KILLED
            for only in (False, True):
                parts = request(untrusted_page, url, untrusted_content_type, second_parser_only=only)
                result = slot.ask(parts, self._limits.seconds_per_page)
                if isinstance(result, PageContent):
                    break
            return result
        finally:
            self._idle.put(slot)

    def close(self) -> None:
        """Kill the workers, busy or not. Pages read later are unreadable."""
        for slot in self._slots:
            slot.kill()
        for slot in [self._idle.get() for _ in self._slots]:
            slot.renew()
            self._idle.put(slot)

    def _start(self) -> ConfinedProcess:
        arguments = (self._limits.max_page_bytes, self._limits.worker_memory_bytes)
        return ConfinedProcess(self._child, arguments, MAX_REPLY_BYTES)


class _Slot:
    """One worker's place in the pool: started ahead, and replaced when it has died. Used by one thread at a time."""

    def __init__(self, start: Callable[[], ConfinedProcess]) -> None:
        self._start = start
        self._closed = False
        self._ready = False
        self._process: ConfinedProcess | None = None
        self.renew()

    def ask(self, parts: tuple[bytes, ...], seconds: float) -> PageContent | Unreadable:
        """One try. A worker that gave no well-formed answer is replaced."""
        process = self._awaited()
        reply = Ending.ENDED if process is None else process.ask(parts, seconds)
        if not isinstance(reply, Ending):
            with suppress(MalformedReplyError):
                return unpack(reply)
        self.renew()
        return TIME_LIMIT if reply is Ending.LATE else WORKER_KILLED

    def renew(self) -> None:
        """Kill the worker and start another."""
        if self._process is not None:
            self._process.close()
        self._process, self._ready = None, False
        if not self._closed:
            with suppress(OSError):  # no process to be had: the page is unreadable
                self._process = self._start()

    def kill(self) -> None:
        """End the worker, whoever uses it now; from any thread."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()

    def _awaited(self) -> ConfinedProcess | None:
        """The worker, once it is ready for a page; None when there is none."""
        if self._process is not None and not self._ready:
            self._ready = not isinstance(self._process.ready(START_SECONDS), Ending)
        return self._process if self._ready else None
