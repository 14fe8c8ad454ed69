"""One site's picture workers: their replies, the price of their failures, and when a reply counts.

- A picture whose worker dies, is late or replies nonsense is tried once more, alone in a fresh worker; then it is
  undecided with that reason. Other pictures are never affected: each worker holds one picture at a time.
- A reply counts once its worker is proven after it: asked for a known picture, it must reply as a fresh worker does.
  That happens every `PROVEN_EVERY` pictures or `HELD_BYTES` of them, and whenever `suspects` is called; until then the
  pictures are held. If a worker fails its proof, or ends before it, all its replies since the last one are suspect, and
  the pictures are returned to be examined again.
- From then on every reply in this lease is proven at once; a picture whose second worker fails too is undecided.
"""

import contextlib
import secrets
from collections.abc import Iterator
from threading import Lock

from matcher.fingerprint import Digests, Fingerprint, Reading, UndecidedReason, digest
from matcher.limits import ExaminationLimits
from matcher.picture.hashed import HashedPicture
from matcher.worker.pool import Lease, Pool, Slot
from matcher.worker.process import WorkerEnding
from matcher.worker.protocol import MalformedReplyError, pack_request, unpack_reply
from matcher.worker.samples import QUICK

PROVEN_EVERY = 64
HELD_BYTES = 16 * 2**20
"""Of one worker's pictures, until it is proven."""
_TRIES = 2
_REASON = {
    None: UndecidedReason.NO_WORKER,
    WorkerEnding.LATE: UndecidedReason.KILLED_TIME,
    WorkerEnding.ENDED: UndecidedReason.KILLED_CRASH,
    WorkerEnding.FORBIDDEN_CALL: UndecidedReason.KILLED_CALL,
    WorkerEnding.BROKE_THE_FRAMING: UndecidedReason.KILLED_REPLY,
}


class Truths:
    """What fresh workers said of known pictures, and how many workers said otherwise later. Thread-safe."""

    def __init__(self) -> None:
        self._changing = Lock()
        self._replies: dict[bytes, bytes] = {}
        self.lies = 0

    def unknown(self) -> tuple[bytes, ...]:
        """The known pictures of which no fresh worker has been asked yet."""
        return tuple(sample for sample in QUICK if sample not in self._replies)

    def learn(self, sample: bytes, reply: bytes) -> None:
        """Keep what a worker said before it met any other picture."""
        self._replies.setdefault(sample, reply)

    def drawn(self) -> tuple[bytes, bytes] | None:
        """A known picture and the truth of it, by lot; None while nothing is known."""
        reply = tuple(self._replies.items())
        return secrets.choice(reply) if reply else None

    def lied(self) -> None:
        """Count one."""
        with self._changing:
            self.lies += 1


class LeasedHasher:
    """`Hasher` for one site. Thread-safe."""

    def __init__(self, pool: Pool, truths: Truths, limits: ExaminationLimits) -> None:
        self._pool = pool
        self._truths = truths
        self._limits = limits
        self._lease = Lease()
        self._changing = Lock()
        self._unproven: dict[Slot, dict[bytes, bytes]] = {}
        self._doubted: dict[bytes, bytes] = {}
        self._wary = False

    def fingerprint(self, untrusted_picture: bytes, *, full: bool = False) -> Fingerprint:
        """Digest here, decode and hash in a worker. Waits for an idle worker; raises nothing."""
        digests = digest(untrusted_picture)
        if len(untrusted_picture) > self._limits.max_picture_bytes:
            found = _undecided(UndecidedReason.TOO_MANY_BYTES)
        else:
            with self._pool.lent(self._lease) as slot:
                found = self._hashed(slot, digests.sha256, untrusted_picture, full=full)
        return _fingerprint(digests, len(untrusted_picture), found)

    def suspects(self) -> tuple[bytes, ...]:
        """Prove the workers now. The pictures since the last time whose workers failed: their answers do not count."""
        for slot in tuple(self._unproven):
            with self._pool.lent(self._lease, slot):
                self._proven(slot)
        with self._changing:
            doubted, self._doubted = tuple(self._doubted.values()), {}
        return doubted

    @contextlib.contextmanager
    def leased(self) -> Iterator["LeasedHasher"]:
        """Itself: it belongs to one site already."""
        yield self

    def close(self) -> None:
        """End the workers and drop what is held: nothing more comes from this site."""
        self._pool.end(self._lease)
        with self._changing:
            self._unproven.clear()
            self._doubted.clear()

    def _hashed(self, slot: Slot, sha256: bytes, untrusted_picture: bytes, *, full: bool) -> HashedPicture:
        found = _undecided(UndecidedReason.NO_WORKER)
        for _ in range(_TRIES):
            self._learn(slot)
            reply = slot.ask(pack_request(untrusted_picture, full=full), self._limits.seconds_per_picture)
            answer = _read(reply)
            if isinstance(answer, UndecidedReason):
                found = _undecided(answer)
                self._doubt(slot)
                slot.end()
                continue
            self._hold(slot, sha256, untrusted_picture)
            wary = self._wary
            if not self._due(slot) or self._proven(slot) or not wary:
                return answer
            found = _undecided(UndecidedReason.KILLED_LIED)
            with self._changing:
                self._doubted.pop(sha256, None)
        return found

    def _learn(self, slot: Slot) -> None:
        """Learn the known answers from a worker that has met no other picture."""
        if (process := slot.process()) is not None and slot.asked == 0:
            for sample in self._truths.unknown():
                reply = slot.ask(pack_request(sample, full=True), self._limits.seconds_per_picture)
                if not isinstance(reply, bytes) or slot.process() is not process:
                    return
                self._truths.learn(sample, reply)

    def _hold(self, slot: Slot, sha256: bytes, untrusted_picture: bytes) -> None:
        with self._changing:
            self._unproven.setdefault(slot, {})[sha256] = untrusted_picture
            slot.pinned = True

    def _due(self, slot: Slot) -> bool:
        held = self._unproven[slot]
        return self._wary or len(held) >= PROVEN_EVERY or sum(map(len, held.values())) >= HELD_BYTES

    def _proven(self, slot: Slot) -> bool:
        """Return True if the worker still answers rightly. One that does not ends, and its replies are suspect."""
        drawn = self._truths.drawn()
        if drawn is not None and slot.asked:
            sample, truth = drawn
            reply = slot.ask(pack_request(sample, full=True), self._limits.seconds_per_picture)
            if reply == truth:
                self._released(slot)
                return True
            self._truths.lied()
        self._doubt(slot)
        slot.end()
        return False

    def _doubt(self, slot: Slot) -> None:
        """Void the replies of this worker since its last proof."""
        held = self._released(slot)
        with self._changing:
            self._doubted.update(held)
            self._wary = True

    def _released(self, slot: Slot) -> dict[bytes, bytes]:
        with self._changing:
            slot.pinned = False
            return self._unproven.pop(slot, {})


def _read(untrusted_reply: bytes | WorkerEnding | None) -> HashedPicture | UndecidedReason:
    """Return a worker's reply, or why none can be believed."""
    if not isinstance(untrusted_reply, bytes):
        return _REASON[untrusted_reply]
    try:
        return unpack_reply(untrusted_reply)
    except MalformedReplyError:
        return UndecidedReason.KILLED_REPLY


def _undecided(reason: UndecidedReason) -> HashedPicture:
    return HashedPicture(None, 0, 0, (), reason)


def _fingerprint(digests: Digests, size_bytes: int, found: HashedPicture) -> Fingerprint:
    return Fingerprint(
        digests=digests,
        size_bytes=size_bytes,
        media_type=found.media_type or "",
        width=found.width,
        height=found.height,
        readings=tuple(Reading(r.steps.name, r.pdq, r.quality, r.phash, r.photodna) for r in found.readings),
        undecided=found.undecided,
        scaled=found.scaled,
    )
