"""The port to the confined page workers: `PageReader` over a pool of processes in which hostile HTML is read.

A page whose worker is late or dies is read once more, in a fresh worker, by the second parser alone: it is linear, and
small. Then it is unreadable. Other pages are never affected: each worker holds one page at a time.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from matcher.worker.pool import Pool
from matcher.worker.process import ConfinedProcess, Ending
from scanner.page.answer import request
from scanner.page.reply import MAX_REPLY_BYTES, MalformedReplyError, unpack
from scanner.ports import PageContent, Unreadable

CHILD: Final = "scanner.page.child"

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
        self._pool = Pool(workers, self._start)

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        """Links, pictures and notes of one page at `url`. Waits for an idle worker; raises nothing."""
        if len(untrusted_page) > self._limits.max_page_bytes:
            return TOO_LARGE
        result: PageContent | Unreadable = WORKER_KILLED
        with self._pool.lent() as slot:
            for only in (False, True):
                parts = request(untrusted_page, url, untrusted_content_type, second_parser_only=only)
                result = _read(slot.ask(parts, self._limits.seconds_per_page))
                if isinstance(result, PageContent):
                    break
                slot.renew()
        return result

    def close(self) -> None:
        """Kill the workers, busy or not. Pages read later are unreadable."""
        self._pool.close()

    def _start(self) -> ConfinedProcess:
        arguments = (self._limits.max_page_bytes, self._limits.worker_memory_bytes)
        return ConfinedProcess(self._child, arguments, MAX_REPLY_BYTES)


def _read(untrusted_reply: bytes | Ending | None) -> PageContent | Unreadable:
    """What one try gave; a reply that is not well-formed is worth as much as none."""
    if isinstance(untrusted_reply, bytes):
        with suppress(MalformedReplyError):
            return unpack(untrusted_reply)
    return TIME_LIMIT if untrusted_reply is Ending.LATE else WORKER_KILLED
