"""The port to the confined page workers: `PageReader` over a pool of processes in which hostile HTML is read.

A page whose worker is late or dies is read once more, in a fresh worker, by the second parser alone: it is linear, and
small. Then it is unreadable. Other pages are never affected: each worker holds one page at a time.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from config.faults import Fault
from matcher.worker.fork_server import ForkServer
from matcher.worker.layers import NONE, Layer
from matcher.worker.pool import Lease, Pool
from matcher.worker.process import WorkerEnding
from scanner.page.content import PageContent
from scanner.page.port import PageReader, Unreadable
from scanner.page.worker.reply import MAX_REPLY_BYTES, MalformedPageReplyError, unpack
from scanner.page.worker.request import request

CHILD: Final = "scanner.page.worker.main"

WORKER_KILLED: Final = Unreadable("worker killed")
TIME_LIMIT: Final = Unreadable("time limit")
TOO_LARGE: Final = Unreadable("too large")


@dataclass(frozen=True, slots=True)
class PageLimits:
    """What reading one page may cost. The seconds are for each of two tries."""

    max_page_bytes: int = 32 * 2**20
    seconds_per_page: float = 10.0
    worker_memory_bytes: int = 2 * 2**30


class WorkerPageReader:
    """`PageReader`: pages are read by `workers` confined processes, as many at once. Thread-safe.

    `accepted` are the layers of confinement that the operator accepts as absent.
    """

    def __init__(
        self, workers: int = 1, limits: PageLimits | None = None, child: str = CHILD, accepted: Layer = NONE
    ) -> None:
        self._limits = limits or PageLimits()
        arguments = (self._limits.max_page_bytes, self._limits.worker_memory_bytes)
        self._server = ForkServer(child, arguments, MAX_REPLY_BYTES)
        self._pool = Pool(workers, self._server.start, accepted)
        self._own = _LeasedReader(self._pool, self._limits)

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        """Links, pictures and notes of one page at `url`. Waits for an idle worker; raises nothing."""
        return self._own.read(untrusted_page, url, untrusted_content_type)

    @contextmanager
    def alone(self) -> Iterator[PageReader]:
        """A reader over workers that have met no page before the block, and meet none after it."""
        leased = _LeasedReader(self._pool, self._limits)
        try:
            yield leased
        finally:
            leased.close()

    def check(self) -> tuple[Fault, ...]:
        """What the confinement lacks, each with its mend. Empty when pages may be read. Waits for one worker."""
        return self._pool.check("page workers")

    def close(self) -> None:
        """Kill the workers, busy or not. Pages read later are unreadable."""
        self._pool.close()
        self._server.close()


class _LeasedReader:
    """One site's page workers."""

    def __init__(self, pool: Pool, limits: PageLimits) -> None:
        self._pool = pool
        self._limits = limits
        self._lease = Lease()

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        if len(untrusted_page) > self._limits.max_page_bytes:
            return TOO_LARGE
        result: PageContent | Unreadable = WORKER_KILLED
        with self._pool.lent(self._lease) as slot:
            for only in (False, True):
                parts = request(untrusted_page, url, untrusted_content_type, second_parser_only=only)
                result = _read(slot.ask(parts, self._limits.seconds_per_page))
                if isinstance(result, PageContent):
                    break
                slot.end()
        return result

    @contextmanager
    def alone(self) -> Iterator[PageReader]:
        yield self

    def close(self) -> None:
        self._pool.end(self._lease)


def _read(untrusted_reply: bytes | WorkerEnding | None) -> PageContent | Unreadable:
    """What one try gave; a reply that is not well-formed is worth as much as none."""
    if isinstance(untrusted_reply, bytes):
        with suppress(MalformedPageReplyError):
            return unpack(untrusted_reply)
    return TIME_LIMIT if untrusted_reply is WorkerEnding.LATE else WORKER_KILLED
