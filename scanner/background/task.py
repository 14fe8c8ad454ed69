"""Work that would hold up a tick, run on a background thread, one task at a time.

While a task runs, the interpreter switches threads more often: a tick waits for a switch at each access to store or
disk. Measured while 100,000 sites are read again: a tick takes 33 ms with turns of 5 ms, and 1 to 4 ms with these. At
other times short turns would cost visits a tenth of the CPU.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from sys import getswitchinterval, setswitchinterval
from threading import Lock
from typing import Final, Generic, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS: Final = 0.01
"""How long the tick that starts a task waits for it: a list of ordinary length is then in force within that tick."""

SHORT_TURN_SECONDS: Final = 0.0005


class ShortSwitchInterval:
    """The interpreter's switch interval while any of these blocks lasts."""

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
        """Restore the interval when the last block ends."""
        with self._changing:
            self._blocks -= 1
            if self._blocks == 0:
                setswitchinterval(self._usual)


short_switch_interval: Final = ShortSwitchInterval()


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

    def ready(self, patience_seconds: float | None) -> bool:
        """Return True if a result is ready within this time (None: wait for it)."""
        return self._work is not None and bool(wait((self._work,), patience_seconds).done)

    def result(self) -> T:
        """Return the task's result. Raise its error, and RuntimeError if no task was begun."""
        work, self._work = self._work, None
        if work is None:
            msg = "nothing was begun"
            raise RuntimeError(msg)
        return work.result()


def _done(work: Callable[[], T]) -> T:
    """Run the task on the thread."""
    with short_switch_interval:
        return work()
