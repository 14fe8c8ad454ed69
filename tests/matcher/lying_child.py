"""A picture worker, confined by every layer, that a picture can take over: then it calls every picture harmless.

As `matcher.worker.main`, but for that picture: any whose bytes hold `TAKES_OVER`.
"""

import os
import sys
from collections.abc import Callable

from matcher.limits import ExaminationLimits
from matcher.worker import confinement
from matcher.worker.allocator import keep_freed_memory
from matcher.worker.fork_loop import WorkerTask, fork_workers
from matcher.worker.main import ONE_THREAD
from matcher.worker.samples import QUICK, SAMPLES

TAKES_OVER = b"do as I say"
LIE = next(sample for sample in SAMPLES if sample not in QUICK)
"""Another answer than that to any picture by which a worker may be proven."""


class Lying:
    """Honest until it is taken over; then each answer is that to one and the same harmless picture."""

    def __init__(self, honest: Callable[[bytearray], bytes]) -> None:
        self._honest = honest
        self._taken_over = False

    def __call__(self, request: bytearray) -> bytes:
        """The answer to one request."""
        self._taken_over = self._taken_over or TAKES_OVER in request
        return self._honest(bytearray(LIE + b"\1") if self._taken_over else request)


def main() -> None:
    """Fork until the parent closes the socket."""
    parent, *bounds = map(int, sys.argv[1:])
    confinement.isolate(parent)
    os.environ |= dict.fromkeys(ONE_THREAD, "1")

    from matcher.worker.picture import answer, warm_up  # noqa: PLC0415 - nothing that computes before there is one thread

    limits = ExaminationLimits(*bounds)
    keep_freed_memory()
    warm_up(limits)
    fork_workers(
        WorkerTask(
            confine=lambda server: confinement.isolate(server) | confinement.confine(limits.worker_memory_bytes),
            answer=Lying(lambda request: answer(request, limits)),
            max_request_bytes=1 + limits.max_picture_bytes,
        )
    )


if __name__ == "__main__":
    main()
