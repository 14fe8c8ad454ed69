"""Many files at once, results in the order of the entries, in bounded memory.

`threads` files are read and examined at a time, and at most `AHEAD` times as many entries wait for their turn: a slow
picture holds up the report for a moment, and not the workers. When told to stop, what has begun is finished, what has
not is left, and the results that were given are a beginning of the whole, without gaps.
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
    """Asked for under another name."""


def in_order(
    entries: Iterable[WalkEntry], work: Callable[[Readable], Found | UnreadFile], threads: int, stop: Event
) -> Generator[tuple[WalkEntry, Found | UnreadFile], None, None]:
    """Each entry with what `work` found in it; entries that were passed over with their reason."""
    pending: deque[_Pending[Found]] = deque()
    links: Links[Found | UnreadFile] = Links()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="local-file")
    try:
        for entry in takewhile(lambda _: not stop.is_set(), entries):
            pending.append(_begun(entry, work, pool, links))
            while pending and (len(pending) > AHEAD * threads or pending[0].result.done()):
                yield _ended(pending.popleft(), work)
        for one in pending:
            if stop.is_set() and (one.result.cancelled() or one.result.cancel()):
                return
            yield _ended(one, work)
    finally:
        pool.shutdown(cancel_futures=True)


def _begun(
    entry: WalkEntry,
    work: Callable[[Readable], Found | UnreadFile],
    pool: ThreadPoolExecutor,
    links: Links[Found | UnreadFile],
) -> _Pending[Found]:
    if isinstance(entry, SkippedPath):
        known: Future[Found | UnreadFile] = Future()
        known.set_result(UnreadFile(entry.reason))
        return _Pending(entry, known)
    if not isinstance(entry, LocalFile):
        return _Pending(entry, pool.submit(work, entry))
    met = links.met(entry)
    if met is not None:
        return _Pending(entry, met, borrowed=True)
    return _Pending(entry, links.asked(entry, lambda file: pool.submit(work, file)))


def _ended(
    one: _Pending[Found], work: Callable[[Readable], Found | UnreadFile]
) -> tuple[WalkEntry, Found | UnreadFile]:
    """The result. What could not be read under one name may yet be read under another."""
    result = one.result.result()
    if one.borrowed and isinstance(result, UnreadFile) and not isinstance(one.entry, SkippedPath):
        result = work(one.entry)
    return one.entry, result
