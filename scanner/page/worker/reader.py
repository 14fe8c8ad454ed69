"""`PageReader` over a pool of confined processes that read hostile HTML.

A page whose worker is late or dies is read again in a fresh worker by the second parser only, which is small and
linear. If that fails, the page is unreadable. Other pages are not affected: each worker holds one page at a time.
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
    """Limits for reading one page. The seconds are for each of two attempts."""

    max_page_bytes: int = 32 * 2**20
    seconds_per_page: float = 10.0
    worker_memory_bytes: int = 2 * 2**30


class WorkerPageReader:
    """`PageReader` over `workers` confined processes, one page each at a time. Thread-safe.

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
        """Return links, pictures and notes of the page at `url`. Waits for an idle worker; never raises."""
        return self._own.read(untrusted_page, url, untrusted_content_type)

    @contextmanager
    def isolated(self) -> Iterator[PageReader]:
        """Return a reader over workers that have read no page before the block, and read none after it."""
        leased = _LeasedReader(self._pool, self._limits)
        try:
            yield leased
        finally:
            leased.close()

    def check(self) -> tuple[Fault, ...]:
        """Return each missing layer of confinement with its fix. Waits for one worker."""
        return self._pool.check("page workers")

    def close(self) -> None:
        """Kill all workers. Pages read later are unreadable."""
        self._pool.close()
        self._server.close()


class _LeasedReader:
    """The page workers of one site."""

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
    def isolated(self) -> Iterator[PageReader]:
        yield self

    def close(self) -> None:
        self._pool.end(self._lease)


def _read(untrusted_reply: bytes | WorkerEnding | None) -> PageContent | Unreadable:
    """Return the result of one attempt; a malformed reply counts as a killed worker."""
    if isinstance(untrusted_reply, bytes):
        with suppress(MalformedPageReplyError):
            return unpack(untrusted_reply)
    return TIME_LIMIT if untrusted_reply is WorkerEnding.LATE else WORKER_KILLED
