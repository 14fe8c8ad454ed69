"""What takes longer than a tick may: done beside the ticks, one piece at a time, and taken up by a later one.

While any of it is done, the interpreter's turns are short: a tick waits for one at each word with the store or the
disk. Measured with 100,000 sites that are read anew: a tick takes 33 ms with turns of 5 ms, and 1 to 4 ms with these.
At other times they would cost visits a tenth of the processor.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from sys import getswitchinterval, setswitchinterval
from threading import Lock
from typing import Final, Generic, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS: Final = 0.01
"""So long the tick that begins it waits: a list of ordinary length is in force in that very tick. No other waits."""

SHORT_TURN_SECONDS: Final = 0.0005


class ShortTurns:
    """So long may a thread keep the others waiting while any of these blocks lasts."""

    def __init__(self) -> None:
        self._changing, self._blocks, self._usual = Lock(), 0, 0.0

    def __enter__(self) -> None:
        """Begin a block."""
        with self._changing:
            if self._blocks == 0:
                self._usual = getswitchinterval()
                setswitchinterval(SHORT_TURN_SECONDS)
            self._blocks += 1

    def __exit__(self, *_: object) -> None:
        """With the last one turns are as they were."""
        with self._changing:
            self._blocks -= 1
            if self._blocks == 0:
                setswitchinterval(self._usual)


short_turns: Final = ShortTurns()


class BackgroundTask(Generic[T]):
    """One kind of work, on a thread that may be shared with others. For one thread, the ticks'."""

    def __init__(self, thread: Executor) -> None:
        self._thread = thread
        self._work: Future[T] | None = None

    @property
    def busy(self) -> bool:
        """Whether something was begun that was not taken up."""
        return self._work is not None

    def begin(self, work: Callable[[], T]) -> None:
        """Have this done."""
        self._work = self._thread.submit(_done, work)

    def done(self, patience_seconds: float | None) -> bool:
        """Whether there is something to take up, within this time (None: however long it takes)."""
        return self._work is not None and bool(wait((self._work,), patience_seconds).done)

    def take(self) -> T:
        """What the work came to. Raises what it raised, and RuntimeError where nothing was begun."""
        work, self._work = self._work, None
        if work is None:
            msg = "nothing was begun"
            raise RuntimeError(msg)
        return work.result()


def _done(work: Callable[[], T]) -> T:
    """In the thread."""
    with short_turns:
        return work()
