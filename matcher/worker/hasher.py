"""The port to the picture workers: `Hasher` over a pool of confined processes.

A picture whose worker dies, or is late, is tried once more, alone in a fresh worker; then it is undecided with that
reason. Other pictures are never affected: each worker holds one picture at a time.
"""

import contextlib
import queue
from collections.abc import Callable, Iterator
from dataclasses import astuple

from matcher.digests import digest
from matcher.fingerprint import Fingerprint, Reading, UndecidedReason
from matcher.hashed import HashedPicture
from matcher.limits import Limits
from matcher.worker.process import ConfinedProcess, Ending
from matcher.worker.protocol import MAX_REPLY_BYTES, MalformedReplyError, pack_request, unpack_reply

CHILD = "matcher.worker.child"
START_SECONDS = 60.0
_TRIES = 2
_REASON = {
    Ending.LATE: UndecidedReason.TIME_LIMIT,
    Ending.ENDED: UndecidedReason.WORKER_KILLED,
    Ending.BROKE_THE_FRAMING: UndecidedReason.WORKER_KILLED,
}


class WorkerHasher:
    """`Hasher`: pictures are hashed by `workers` confined processes, as many at once. Thread-safe."""

    def __init__(self, workers: int, limits: Limits | None = None, child: str = CHILD) -> None:
        self._limits = limits or Limits()
        self._child = child
        self._slots = [_Slot(self._start) for _ in range(workers)]
        self._idle: queue.LifoQueue[_Slot] = queue.LifoQueue()
        for slot in self._slots:
            self._idle.put(slot)

    def fingerprint(self, untrusted_picture: bytes, *, full: bool = False) -> Fingerprint:
        """Digest here, decode and hash in a worker. Waits for an idle worker; raises nothing."""
        if len(untrusted_picture) > self._limits.max_picture_bytes:
            found = _undecided(UndecidedReason.TOO_MANY_BYTES)
        else:
            with self._borrowed() as slot:
                found = self._hashed(slot, untrusted_picture, full=full)
        return _fingerprint(untrusted_picture, found)

    def close(self) -> None:
        """Kill the workers, busy or not. Pictures asked for later are undecided (NO_WORKER)."""
        for slot in self._slots:
            slot.kill()
        for slot in [self._idle.get() for _ in self._slots]:
            slot.renew()
            self._idle.put(slot)

    def _start(self) -> ConfinedProcess:
        return ConfinedProcess(self._child, astuple(self._limits), MAX_REPLY_BYTES)

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator["_Slot"]:
        slot = self._idle.get()
        try:
            yield slot
        finally:
            self._idle.put(slot)

    def _hashed(self, slot: "_Slot", untrusted_picture: bytes, *, full: bool) -> HashedPicture:
        found = _undecided(UndecidedReason.NO_WORKER)
        for _ in range(_TRIES):
            process = slot.process()
            if process is None:
                break
            found, trusted = self._asked(process, untrusted_picture, full=full)
            if trusted:
                return found
            slot.renew()
        return found

    def _asked(self, process: ConfinedProcess, untrusted_picture: bytes, *, full: bool) -> tuple[HashedPicture, bool]:
        """One try: what was found, and whether the worker is still to be trusted."""
        reply = process.ask(pack_request(untrusted_picture, full=full), self._limits.seconds_per_picture)
        if isinstance(reply, Ending):
            return _undecided(_REASON[reply]), False
        try:
            return unpack_reply(reply), True
        except MalformedReplyError:
            return _undecided(UndecidedReason.WORKER_KILLED), False


class _Slot:
    """One worker's place in the pool: started ahead, and replaced when it has died. Used by one thread at a time."""

    def __init__(self, start: Callable[[], ConfinedProcess]) -> None:
        self._start = start
        self._closed = False
        self._ready = False
        self._process: ConfinedProcess | None = None
        self.renew()

    def process(self) -> ConfinedProcess | None:
        """The worker, once it is ready for a picture; None when none can be started."""
        if self._process is None:
            self.renew()
        if self._process is not None and not self._ready:
            if isinstance(self._process.ready(START_SECONDS), Ending):
                self._process = None
            self._ready = self._process is not None
        return self._process

    def renew(self) -> None:
        """Kill the worker and start another."""
        if self._process is not None:
            self._process.close()
        self._process, self._ready = None, False
        if not self._closed:
            with contextlib.suppress(OSError):  # no process to be had: process() says so
                self._process = self._start()

    def kill(self) -> None:
        """End the worker, whoever uses it now; from any thread."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()


def _undecided(reason: UndecidedReason) -> HashedPicture:
    return HashedPicture(None, 0, 0, (), reason)


def _fingerprint(untrusted_picture: bytes, found: HashedPicture) -> Fingerprint:
    return Fingerprint(
        digests=digest(untrusted_picture),
        size_bytes=len(untrusted_picture),
        media_type=found.media_type or "",
        width=found.width,
        height=found.height,
        readings=tuple(Reading(r.steps.name, r.pdq, r.quality, r.phash) for r in found.readings),
        undecided=found.undecided,
        scaled=found.scaled,
    )
