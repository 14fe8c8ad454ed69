"""The port to the picture workers: `Hasher` over a pool of confined processes.

- A picture whose worker dies, is late or talks nonsense is tried once more, alone in a fresh worker; then it is
  undecided with that reason. Other pictures are never affected: each worker holds one picture at a time.
- Now and then a worker is asked for a known picture. One that does not answer as it did when it was fresh is lying: it
  is replaced, and the lie is counted.
"""

import secrets
from dataclasses import astuple

from config.faults import Fault
from matcher.digests import digest
from matcher.fingerprint import Fingerprint, Reading, UndecidedReason
from matcher.hashed import HashedPicture
from matcher.limits import Limits
from matcher.worker.layers import OPTIONAL, Layer
from matcher.worker.pool import Pool, Slot
from matcher.worker.process import ConfinedProcess, Ending
from matcher.worker.protocol import MAX_REPLY_BYTES, MalformedReplyError, pack_request, unpack_reply
from matcher.worker.samples import SAMPLES

CHILD = "matcher.worker.child"
CHECKED_EVERY = 64
_TRIES = 2
_FAILED = frozenset((UndecidedReason.TIME_LIMIT, UndecidedReason.WORKER_KILLED))
"""Said of no media type, these are the parent's own words: the worker failed."""
_REASON = {
    None: UndecidedReason.NO_WORKER,
    Ending.LATE: UndecidedReason.TIME_LIMIT,
    Ending.ENDED: UndecidedReason.WORKER_KILLED,
    Ending.BROKE_THE_FRAMING: UndecidedReason.WORKER_KILLED,
}


class WorkerHasher:
    """`Hasher`: pictures are hashed by `workers` confined processes, as many at once. Thread-safe.

    `accepted` are the layers of confinement that the operator accepts as absent.
    """

    def __init__(
        self, workers: int, limits: Limits | None = None, child: str = CHILD, accepted: Layer = OPTIONAL
    ) -> None:
        self._limits = limits or Limits()
        self._child = child
        self._known: dict[Slot, tuple[bytes, bytes | Ending | None]] = {}
        self.lies = 0
        """Workers that answered a known picture wrongly."""
        self._pool = Pool(workers, self._start, accepted)

    def fingerprint(self, untrusted_picture: bytes, *, full: bool = False) -> Fingerprint:
        """Digest here, decode and hash in a worker. Waits for an idle worker; raises nothing."""
        if len(untrusted_picture) > self._limits.max_picture_bytes:
            found = _undecided(UndecidedReason.TOO_MANY_BYTES)
        else:
            with self._pool.lent() as slot:
                found = self._hashed(slot, untrusted_picture, full=full)
                self._watch(slot)
        return _fingerprint(untrusted_picture, found)

    def check(self) -> tuple[Fault, ...]:
        """What the confinement lacks, each with its mend. Empty when pictures may be hashed. Waits for one worker."""
        return self._pool.check()

    def in_force(self) -> Layer:
        """The layers of confinement in force, for reports. Waits for one worker."""
        return self._pool.in_force()

    def recycle(self) -> None:
        """Replace the workers, so that nothing of one site's pictures is left in memory when the next site's come."""
        self._pool.recycle()

    def close(self) -> None:
        """Kill the workers, busy or not. Pictures asked for later are undecided (NO_WORKER)."""
        self._pool.close()

    def _start(self) -> ConfinedProcess:
        return ConfinedProcess(self._child, astuple(self._limits), MAX_REPLY_BYTES)

    def _hashed(self, slot: Slot, untrusted_picture: bytes, *, full: bool) -> HashedPicture:
        found = _undecided(UndecidedReason.NO_WORKER)
        for _ in range(_TRIES):
            self._learn(slot)
            reply = slot.ask(pack_request(untrusted_picture, full=full), self._limits.seconds_per_picture)
            found = _read(reply)
            if found.media_type is not None or found.undecided not in _FAILED:
                break
            slot.renew()
        return found

    def _learn(self, slot: Slot) -> None:
        """What a worker says of a known picture before it has met any other: that is the truth."""
        if slot.asked == 0:
            sample = secrets.choice(SAMPLES)
            self._known[slot] = sample, self._answer(slot, sample)

    def _watch(self, slot: Slot) -> None:
        """Ask for the known picture again, now and then."""
        if slot.asked and slot.asked % CHECKED_EVERY == 0:
            sample, truth = self._known[slot]
            if self._answer(slot, sample) != truth:
                self.lies += 1
                slot.renew()

    def _answer(self, slot: Slot, sample: bytes) -> bytes | Ending | None:
        return slot.ask(pack_request(sample, full=True), self._limits.seconds_per_picture)


def _read(untrusted_reply: bytes | Ending | None) -> HashedPicture:
    if not isinstance(untrusted_reply, bytes):
        return _undecided(_REASON[untrusted_reply])
    try:
        return unpack_reply(untrusted_reply)
    except MalformedReplyError:
        return _undecided(UndecidedReason.WORKER_KILLED)


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
