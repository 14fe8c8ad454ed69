"""Some confined workers, started ahead, each lent to one thread at a time.

- A worker is lent only when every layer of confinement that is not accepted as absent is in force.
- One that has died, or is not believed any more, is replaced. `recycle` replaces all: what a site's pictures left in a
  worker's memory must not meet the next site's.
- `close` ends them, busy or not; nobody is lent one afterwards.
"""

import contextlib
import queue
from collections.abc import Callable, Iterator, Sequence
from threading import Lock

from config.faults import Fault
from matcher.worker.layers import OPTIONAL, Layer, absent
from matcher.worker.process import ConfinedProcess, Ending

START_SECONDS = 60.0


class Slot:
    """One worker's place. Used by one thread at a time, but for `kill`."""

    def __init__(self, start: Callable[[], ConfinedProcess], accepted: Layer) -> None:
        self._start = start
        self._accepted = accepted
        self._closed = False
        self._ready = False
        self._process: ConfinedProcess | None = None
        self.generation = 0
        self.asked = 0
        """Questions that the present worker was asked."""
        self.faults: tuple[Fault, ...] = ()
        """The layers that the latest worker lacked."""
        self.in_force = Layer(0)
        self.renew()

    def process(self) -> ConfinedProcess | None:
        """The worker, once it is ready; None when none can be started, or none that is confined."""
        if self._process is None:
            self.renew()
        if self._process is not None and not self._ready:
            self._ready = self._accepts(self._process.ready(START_SECONDS))
            if not self._ready:
                self._end()
        return self._process

    def ask(self, parts: Sequence[bytes], seconds: float) -> bytes | Ending | None:
        """One question to the worker; None when there is none. After an Ending it must be renewed."""
        process = self.process()
        if process is None:
            return None
        self.asked += 1
        return process.ask(parts, seconds)

    def renew(self) -> None:
        """End the worker and start another."""
        self._end()
        if not self._closed:
            with contextlib.suppress(OSError):  # no process to be had: process() says so
                self._process = self._start()

    def kill(self) -> None:
        """End the worker, whoever uses it now, and start none again; from any thread."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()

    def _end(self) -> None:
        if self._process is not None:
            self._process.close()
        self._process, self._ready, self.asked = None, False, 0

    def _accepts(self, untrusted_first_frame: bytes | Ending) -> bool:
        """Whether a worker is confined, by what it says before it has met any hostile byte."""
        if isinstance(untrusted_first_frame, Ending) or len(untrusted_first_frame) != 1:
            return False
        self.in_force = Layer(untrusted_first_frame[0])
        self.faults = absent(self.in_force, self._accepted)
        return not self.faults


class Pool:
    """`workers` slots. Thread-safe."""

    def __init__(self, workers: int, start: Callable[[], ConfinedProcess], accepted: Layer = OPTIONAL) -> None:
        self._changing = Lock()
        self._generation = 0
        self._slots = [Slot(start, accepted) for _ in range(workers)]
        self._idle: queue.LifoQueue[Slot] = queue.LifoQueue()
        for slot in self._slots:
            self._idle.put(slot)

    @contextlib.contextmanager
    def lent(self) -> Iterator[Slot]:
        """A slot, once one is idle."""
        slot = self._idle.get()
        try:
            yield slot
        finally:
            self._fresh(slot)
            self._idle.put(slot)

    def check(self) -> tuple[Fault, ...]:
        """The layers of confinement that the workers lack and that are not accepted as absent. Waits for one worker."""
        with self.lent() as slot:
            slot.process()
            return slot.faults

    def in_force(self) -> Layer:
        """The layers in force. Waits for one worker."""
        with self.lent() as slot:
            slot.process()
            return slot.in_force

    def recycle(self) -> None:
        """Replace every worker that was asked anything: the idle ones now, the others when they are idle."""
        with self._changing:
            self._generation += 1
        idle = []
        with contextlib.suppress(queue.Empty):
            while True:
                idle.append(self._idle.get_nowait())
        for slot in idle:
            self._fresh(slot)
            self._idle.put(slot)

    def close(self) -> None:
        """Kill the workers, busy or not."""
        for slot in self._slots:
            slot.kill()
        for slot in [self._idle.get() for _ in self._slots]:
            slot.renew()
            self._idle.put(slot)

    def _fresh(self, slot: Slot) -> None:
        with self._changing:
            stale, slot.generation = slot.generation != self._generation, self._generation
        if stale and slot.asked:
            slot.renew()
