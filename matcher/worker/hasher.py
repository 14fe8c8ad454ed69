"""The port to the picture workers: `Hasher` over confined processes, forked from one that met no picture.

`leased` gives each site its own workers; without it, everything belongs to one lease, as files of one owner do.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import astuple

from config.faults import Fault
from matcher.fingerprint import Fingerprint
from matcher.limits import ExaminationLimits
from matcher.worker.fork_server import ForkServer
from matcher.worker.layers import ALL, NONE, Layer, named
from matcher.worker.leased_hasher import LeasedHasher, Truths
from matcher.worker.pool import Pool
from matcher.worker.protocol import MAX_REPLY_BYTES

CHILD = "matcher.worker.main"


class WorkerHasher:
    """`Hasher`: `workers` confined processes hash pictures, as many at once. Thread-safe.

    `accepted` are the layers of confinement that the operator accepts as absent.
    """

    def __init__(
        self, workers: int, limits: ExaminationLimits | None = None, child: str = CHILD, accepted: Layer = NONE
    ) -> None:
        self.workers = workers
        self._limits = limits or ExaminationLimits()
        self._truths = Truths()
        self._server = ForkServer(child, astuple(self._limits), MAX_REPLY_BYTES)
        self._pool = Pool(workers, self._server.start, accepted)
        self._own = LeasedHasher(self._pool, self._truths, self._limits)

    @property
    def lies(self) -> int:
        """Workers that answered a known picture wrongly."""
        return self._truths.lies

    def fingerprint(self, untrusted_picture: bytes, *, full: bool = False) -> Fingerprint:
        """Digest here, decode and hash in a worker. Waits for an idle worker; raises nothing."""
        return self._own.fingerprint(untrusted_picture, full=full)

    def suspects(self) -> tuple[bytes, ...]:
        """Prove the workers; see `LeasedHasher`."""
        return self._own.suspects()

    @contextlib.contextmanager
    def leased(self) -> Iterator[LeasedHasher]:
        """Lease workers that have met no picture before the block and meet none after it."""
        leased = LeasedHasher(self._pool, self._truths, self._limits)
        try:
            yield leased
        finally:
            leased.close()

    def check(self) -> tuple[Fault, ...]:
        """Return a Fault for each missing layer; empty if pictures may be hashed. Waits for one worker."""
        return self._pool.check("workers")

    def absent(self) -> tuple[str, ...]:
        """Return the names of the missing layers, for reports. Waits for one worker."""
        return named(ALL & ~self._pool.state()[0])

    def pids(self) -> tuple[int, ...]:
        """Return the process ids of the idle workers, for measurements."""
        return self._pool.pids()

    def close(self) -> None:
        """Kill the workers, busy or not. Later pictures are undecided (NO_WORKER)."""
        self._pool.close()
        self._server.close()
