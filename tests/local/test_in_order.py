"""Order, bounds, hard links and stopping, with work that is simulated."""

from collections import Counter
from collections.abc import Iterator
from threading import Barrier, Event, Lock

from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.verdict import Outcome, Verdict
from scanner.local.examine import ExaminedFile
from scanner.local.hard_links import Links
from scanner.local.ordered_results import AHEAD, in_order
from scanner.local.read_file import UnreadFile
from scanner.local.walk import LocalFile, Readable, SkippedPath, WalkEntry

FOUND = ExaminedFile(bytes(32), Verdict(Outcome.NO_MATCH))


def file(number: int, inode: int | None = None, names: int = 1) -> LocalFile:
    return LocalFile(b"%d" % number, (1, number if inode is None else inode), names)


class Work:
    """Counts what is asked of it."""

    def __init__(self, unreadable: bytes = b"") -> None:
        self.asked: Counter[bytes] = Counter()
        self.unreadable = unreadable
        self.lock = Lock()

    def __call__(self, one: Readable) -> ExaminedFile | UnreadFile:
        with self.lock:
            self.asked[one.path] += 1
        return UnreadFile("not here") if one.path == self.unreadable else FOUND


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 4))
def test_every_entry_ends_once_and_in_order(inodes: list[int], threads: int) -> None:
    names = Counter(inodes)
    entries: list[WalkEntry] = [
        SkippedPath(b"%d" % number, "why") if inode == 0 else file(number, inode, names[inode])
        for number, inode in enumerate(inodes)
    ]
    work = Work()
    found = list(in_order(entries, work, threads, Event()))
    assert [entry for entry, _ in found] == entries
    assert all(result == (UnreadFile("why") if isinstance(entry, SkippedPath) else FOUND) for entry, result in found)
    assert sum(work.asked.values()) == len(set(inodes) - {0})


def test_threads_work_at_once() -> None:
    meet = Barrier(3, timeout=20)

    def work(_: Readable) -> ExaminedFile | UnreadFile:
        meet.wait()  # breaks unless three are here
        return FOUND

    assert len(list(in_order(map(file, range(6)), work, 3, Event()))) == 6


def test_what_is_ahead_is_bounded() -> None:
    taken = 0

    def endless() -> Iterator[WalkEntry]:
        nonlocal taken
        while True:
            taken += 1
            yield file(taken)

    results = in_order(endless(), Work(), 2, Event())
    for _ in range(1000):
        next(results)
    assert taken <= 1000 + 2 * AHEAD + 1
    results.close()


def test_told_to_stop_the_results_are_a_beginning() -> None:
    stop, begun, go_on = Event(), Event(), Event()

    def work(one: Readable) -> ExaminedFile | UnreadFile:
        if one.path == b"3":
            begun.set()
            go_on.wait(20)
        return FOUND

    def entries() -> Iterator[WalkEntry]:
        yield from map(file, range(6))
        assert begun.wait(20)
        stop.set()
        go_on.set()
        yield file(6)

    found = [entry.path for entry, _ in in_order(entries(), work, 1, stop)]
    assert found == [b"%d" % number for number in range(len(found))]
    assert 4 <= len(found) <= 6


def test_a_name_that_cannot_be_read_does_not_speak_for_the_others() -> None:
    entries = [file(0, 7, 3), file(1, 7, 3), file(2, 7, 3)]
    work = Work(unreadable=b"0")
    assert [result for _, result in in_order(entries, work, 1, Event())] == [UnreadFile("not here"), FOUND, FOUND]


def test_links_forget_what_is_complete_and_the_oldest() -> None:
    from concurrent.futures import Future  # noqa: PLC0415 - only here

    links: Links[int] = Links(most=2)
    results = {number: Future[int]() for number in range(4)}
    for number in range(4):
        links.submit(file(number, number, 2), lambda one: results[one.inode[1]])
    assert len(links) == 2
    assert links.known(file(10, 0, 2)) is None
    assert links.known(file(13, 3, 2)) is results[3]
    assert len(links) == 1
    assert links.known(file(23, 3, 2)) is None
