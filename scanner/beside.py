"""What takes longer than a tick may: done beside the ticks, one piece at a time, and taken up by a later one."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from typing import Final, Generic, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS: Final = 0.01
"""So long the tick that begins it waits: a list of ordinary length is in force in that very tick. No other waits."""


class Beside(Generic[T]):
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
        self._work = self._thread.submit(work)

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
