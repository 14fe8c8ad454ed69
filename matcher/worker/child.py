"""The picture worker's process: isolate, import and warm up, confine, then hash picture after picture.

Started by `process.py` and by nothing else. Its arguments: the parent's process id, and the limits in their order.
"""

import logging
import os
import sys

from matcher.worker import confinement
from matcher.worker.frames import serve, write_frame


def main() -> None:
    """Serve until the parent closes the pipe."""
    parent, *bounds = map(int, sys.argv[1:])
    layers = confinement.isolate(parent)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    logging.disable()

    from matcher.limits import Limits  # noqa: PLC0415 - nothing heavy before the process is isolated
    from matcher.worker.memory import keep_freed_memory  # noqa: PLC0415 - as above
    from matcher.worker.picture import answer, warm_up  # noqa: PLC0415 - as above

    limits = Limits(*bounds)
    keep_freed_memory()
    warm_up(limits)
    layers |= confinement.confine(limits.worker_memory_bytes)
    write_frame(bytes([layers]))
    serve(lambda request: answer(request, limits), 1 + limits.max_picture_bytes)
    os._exit(0)


if __name__ == "__main__":
    main()
