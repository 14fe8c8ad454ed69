"""Files examined in parallel, results in the order of the entries, in bounded memory.

`threads` files are read and examined at a time, and at most `AHEAD` times as many entries wait: a slow picture delays
the report for a moment, and not the workers. On a stop, started files are finished and the others left, so that the
results are a prefix of the whole, without gaps.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import takewhile
from threading import Event
from typing import Final, Generic

from scanner.local.examine import Found
from scanner.local.hard_links import Links
from scanner.local.read_file import UnreadFile
from scanner.local.walk import LocalFile, Readable, SkippedPath, WalkEntry

AHEAD: Final = 64


@dataclass(frozen=True, slots=True)
class _Pending(Generic[Found]):
    entry: WalkEntry
    result: Future[Found | UnreadFile]
    borrowed: bool = False
    """True for a result that was submitted under another name."""


def in_order(
    entries: Iterable[WalkEntry], work: Callable[[Readable], Found | UnreadFile], threads: int, stop: Event
) -> Generator[tuple[WalkEntry, Found | UnreadFile], None, None]:
    """Yield each entry with the result of `work`; a skipped entry with its reason."""
    pending: deque[_Pending[Found]] = deque()
    links: Links[Found | UnreadFile] = Links()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="local-file")
    try:
        for entry in takewhile(lambda _: not stop.is_set(), entries):
            pending.append(_submitted(entry, work, pool, links))
            while pending and (len(pending) > AHEAD * threads or pending[0].result.done()):
                yield _finished(pending.popleft(), work)
        for waiting in pending:
            if stop.is_set() and (waiting.result.cancelled() or waiting.result.cancel()):
                return
            yield _finished(waiting, work)
    finally:
        pool.shutdown(cancel_futures=True)


def _submitted(
    entry: WalkEntry,
    work: Callable[[Readable], Found | UnreadFile],
    pool: ThreadPoolExecutor,
    links: Links[Found | UnreadFile],
) -> _Pending[Found]:
    if isinstance(entry, SkippedPath):
        skipped: Future[Found | UnreadFile] = Future()
        skipped.set_result(UnreadFile(entry.reason))
        return _Pending(entry, skipped)
    if not isinstance(entry, LocalFile):
        return _Pending(entry, pool.submit(work, entry))
    known = links.known(entry)
    if known is not None:
        return _Pending(entry, known, borrowed=True)
    return _Pending(entry, links.submit(entry, lambda file: pool.submit(work, file)))


def _finished(
    pending: _Pending[Found], work: Callable[[Readable], Found | UnreadFile]
) -> tuple[WalkEntry, Found | UnreadFile]:
    """Return the result. A file that was unreadable under one name is tried under the next."""
    result = pending.result.result()
    if pending.borrowed and isinstance(result, UnreadFile) and not isinstance(pending.entry, SkippedPath):
        result = work(pending.entry)
    return pending.entry, result
