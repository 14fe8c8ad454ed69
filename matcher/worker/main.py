"""The picture workers' fork server: isolate, import, warm up, then fork workers that confine themselves and hash.

`fork_server.py` alone starts it. Its arguments: the parent's process id, and the limits in their order.
"""

import logging
import os
import sys

from matcher.worker import confinement
from matcher.worker.fork_loop import WorkerTask, fork_workers

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "DUCC0_NUM_THREADS")
"""What NumPy and SciPy (from 1.18) compute with: threads of theirs would come back in every fork."""


def main() -> None:
    """Fork until the parent closes the socket."""
    parent, *bounds = map(int, sys.argv[1:])
    confinement.isolate(parent)
    os.environ |= dict.fromkeys(ONE_THREAD, "1")
    logging.disable()

    from matcher.hash_lists import photodna  # noqa: PLC0415 - nothing heavy before the process is isolated
    from matcher.limits import ExaminationLimits  # noqa: PLC0415 - as above
    from matcher.worker.allocator import keep_freed_memory  # noqa: PLC0415 - as above
    from matcher.worker.picture import answer, warm_up  # noqa: PLC0415 - as above

    limits = ExaminationLimits(*bounds)
    keep_freed_memory()
    licensed = photodna.installed()
    warm_up(limits, licensed)
    confinement.filter_kills()
    fork_workers(
        WorkerTask(
            confine=lambda server: confinement.isolate(server) | confinement.confine(limits.worker_memory_bytes),
            answer=lambda request: answer(request, limits, licensed),
            max_request_bytes=1 + limits.max_picture_bytes,
        )
    )


if __name__ == "__main__":
    main()
