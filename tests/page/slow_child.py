"""A page worker whose first parser never ends: for the test of what the parent does then."""

import signal
import sys

from matcher.worker import confinement
from matcher.worker.fork_loop import WorkerTask, fork_workers
from matcher.worker.layers import ALL
from scanner.page.worker.answer import answer


def slow(request: bytearray) -> bytes:
    while request[0] == 0:
        signal.pause()
    return answer(request)


if __name__ == "__main__":
    confinement.isolate(int(sys.argv[1]))
    # It says that it is confined: what is under test is its slowness.
    fork_workers(WorkerTask(lambda server: confinement.isolate(server) | ALL, slow, 2**20))
