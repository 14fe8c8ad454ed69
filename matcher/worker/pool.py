"""Confined workers, each lent to one thread at a time, and to one lease for as long as it lives.

- A lease says whose bytes a worker may hold: one site's. A worker that has served one lease serves no other, so nothing
  that one site's pictures left in a worker's memory meets another site's.
- A worker is lent only if every layer of confinement is in force, except those accepted as absent.
- At most `workers` work at once. Some more wait idle for the next bytes of their lease; beyond that the longest idle
  one ends. A new worker is a fork and costs as much as some pictures (some 20 ms until its memory is its own). A lease
  runs only as many as leave no turn unused, so that many leases neither start workers that they hardly need, nor end
  each other's at each turn.
- `close` ends them, busy or not; no worker is lent afterwards.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from threading import Condition, Semaphore

from config.faults import Fault
from matcher.worker.fork_server import START_SECONDS
from matcher.worker.layers import NONE, Layer, absent
from matcher.worker.process import ConfinedProcess, WorkerEnding
from matcher.worker.start_failure import CLOSED, Unstarted, not_ready

IDLE_FOR_EACH = 16
"""Idle workers kept for each that may work at once: sites are many more than processors, and wait long."""


Start = Callable[[], ConfinedProcess | Unstarted]
"""Returns a worker, or why there is none."""


class Lease:
    """The owner of the bytes that a worker may hold. `over` once no more will come."""

    def __init__(self) -> None:
        self.over = False
        self._returning = Condition()
        self._at_work = 0

    @contextlib.contextmanager
    def within(self, share: Callable[[], int]) -> Iterator[None]:
        """Wait until fewer than its share are at work; count as one of them meanwhile."""
        with self._returning:
            self._returning.wait_for(lambda: self._at_work < share())
            self._at_work += 1
        try:
            yield
        finally:
            with self._returning:
                self._at_work -= 1
                self._returning.notify_all()


class Slot:
    """One worker's place. Used by one thread at a time, but for `kill`."""

    def __init__(self, start: Start, accepted: Layer) -> None:
        self._start = start
        self._accepted = accepted
        self._closed = False
        self._process: ConfinedProcess | None = None
        self.asked = 0
        """Questions that the present worker was asked."""
        self.pinned = False
        """Whether its worker is still needed when its place is: its answers are not proven yet."""
        self.faults: tuple[Fault, ...] = ()
        """The layers that the latest worker lacked."""
        self.in_force = NONE
        self.unstarted: Unstarted | None = None
        """Why the latest worker never was one."""

    @property
    def pid(self) -> int | None:
        """The process id of the worker, if there is one."""
        return self._process.pid if self._process else None

    def process(self) -> ConfinedProcess | None:
        """Return the worker once it is ready; None if none can be started, or none that is confined."""
        if self._process is None:
            started = CLOSED if self._closed else self._start()
            if isinstance(started, Unstarted):
                self.unstarted = started
            else:
                self._process = started
                if not self._accepts(started.ready(START_SECONDS), started):
                    self.end()
        return self._process

    def ask(self, parts: Sequence[bytes], seconds: float) -> bytes | WorkerEnding | None:
        """Ask the worker once; return None if there is none. After a WorkerEnding a fresh worker is asked next."""
        process = self.process()
        if process is None:
            return None
        self.asked += 1
        reply = process.ask(parts, seconds)
        if isinstance(reply, WorkerEnding):
            self.end()
        return reply

    def end(self) -> None:
        """End the worker. The next question is to a fresh one."""
        process, self._process, self.asked = self._process, None, 0
        if process is not None:
            process.close()

    def kill(self) -> None:
        """End the worker, even in use, and start none again; from any thread."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()

    def _accepts(self, untrusted_first_frame: bytes | WorkerEnding, started: ConfinedProcess) -> bool:
        """Return True if a worker is confined, by its report before it has met any hostile byte."""
        if isinstance(untrusted_first_frame, bytes) and len(untrusted_first_frame) != 1:
            untrusted_first_frame = WorkerEnding.BROKE_THE_FRAMING
        if isinstance(untrusted_first_frame, WorkerEnding):
            self.unstarted = not_ready(untrusted_first_frame, started.ended_with)
            return False
        self.in_force = Layer(untrusted_first_frame[0])
        self.faults = absent(self.in_force, self._accepted)
        return not self.faults


class Pool:
    """Workers for any number of leases, `workers` of them at work at once. Thread-safe."""

    def __init__(self, workers: int, start: Start, accepted: Layer = NONE) -> None:
        self._start = start
        self._accepted = accepted
        self._workers = workers
        self._turns = Semaphore(workers)
        self._idle_most = IDLE_FOR_EACH * workers
        self._changed = Condition()
        self._closed = False
        self._idle: dict[Slot, Lease] = {}
        """The longest idle first."""
        self._busy: set[Slot] = set()
        self._leases: set[Lease] = set()
        """Leases that hold a worker and are not over."""

    @contextlib.contextmanager
    def lent(self, lease: Lease, wanted: Slot | None = None) -> Iterator[Slot]:
        """Lend a slot of this lease (or this very slot), once there is a turn for it."""
        with self._changed:
            self._leases.add(lease)
        with lease.within(self._share), self._turns:
            slot = self._taken(lease, wanted)
            try:
                yield slot
            finally:
                self._end(self._returned(slot, lease))

    def end(self, lease: Lease) -> None:
        """End a lease's workers, the busy ones once they are idle."""
        with self._changed:
            lease.over = True
            self._leases.discard(lease)
            doomed = [slot for slot, held in self._idle.items() if held is lease]
            for slot in doomed:
                del self._idle[slot]
        self._end(doomed)

    def state(self) -> tuple[Layer, tuple[Fault, ...]]:
        """Return the layers in force in a fresh worker, and a Fault for each missing one that is not accepted."""
        slot = self._fresh()
        return slot.in_force, slot.faults

    def check(self, where: str) -> tuple[Fault, ...]:
        """Return a Fault for each layer that a fresh worker lacks; `where` names these workers. Empty: they may be
        lent.
        """
        slot = self._fresh()
        return slot.faults if slot.unstarted is None else (slot.unstarted.fault(where),)

    def _fresh(self) -> Slot:
        """Hold the slot of a fresh worker, which ends again without a request."""
        lease = Lease()
        try:
            with self.lent(lease) as slot:
                slot.process()
                return slot
        finally:
            self.end(lease)

    def pids(self) -> tuple[int, ...]:
        """Return the process ids of the idle workers, for measurements."""
        with self._changed:
            return tuple(slot.pid for slot in self._idle if slot.pid)

    def close(self) -> None:
        """End the workers, busy or not."""
        with self._changed:
            self._closed = True
            for slot in self._busy:
                slot.kill()
            doomed = list(self._idle)
            self._idle.clear()
        for slot in doomed:
            slot.kill()
        self._end(doomed)

    def _share(self) -> int:
        """Return how many workers of one lease may work: together they want each turn twice, as some always wait."""
        return max(1, -(-2 * self._workers // max(1, len(self._leases))))

    def _taken(self, lease: Lease, wanted: Slot | None) -> Slot:
        with self._changed:
            if wanted is not None:
                self._changed.wait_for(lambda: wanted not in self._busy)
            held = (slot for slot in reversed(self._idle) if self._idle[slot] is lease)
            slot = wanted or next(held, None) or Slot(self._start, self._accepted)
            self._idle.pop(slot, None)
            self._busy.add(slot)
            if self._closed:
                slot.kill()
            return slot

    def _returned(self, slot: Slot, lease: Lease) -> list[Slot]:
        """Take a slot back; those whose workers must end now."""
        with self._changed:
            self._busy.discard(slot)
            self._changed.notify_all()
            if self._closed or lease.over:
                return [slot]
            self._idle[slot] = lease
            surplus = len(self._idle) - self._idle_most
            doomed = [slot for slot in self._idle if not slot.pinned][: max(surplus, 0)]
            for item in doomed:
                del self._idle[item]
            return doomed

    @staticmethod
    def _end(doomed: Sequence[Slot]) -> None:
        for slot in doomed:
            slot.end()
