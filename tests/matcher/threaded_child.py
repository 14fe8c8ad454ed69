"""A child whose forks, if it is told so, begin with a thread beside the first: as some libraries bring theirs back."""

import os
import sys
import threading

from matcher.worker import confinement
from matcher.worker.fork_loop import WorkerTask, fork_workers
from matcher.worker.layers import ALL


def _begin_another() -> None:
    threading.Thread(target=threading.Event().wait, daemon=True).start()


if __name__ == "__main__":
    parent, threaded = map(int, sys.argv[1:])
    confinement.isolate(parent)
    if threaded:
        os.register_at_fork(after_in_child=_begin_another)
    fork_workers(WorkerTask(lambda _: ALL, bytes, 100))
