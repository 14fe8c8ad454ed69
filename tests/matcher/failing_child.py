"""A fork server that gives no worker: as the system keeps it from one, or as it, or its workers, end."""

import os
import signal
import socket
import sys

from matcher.worker.fork_loop import NUMBER, ORDER_BYTES, WorkerTask, fork_workers
from matcher.worker.layers import Layer


def _ends(_parent: int) -> Layer:
    """Of a worker: before it has said a word."""
    os._exit(1)


def _killed(_parent: int) -> Layer:
    os.kill(os.getpid(), signal.SIGKILL)
    return Layer(0)


def _babbles(_parent: int) -> Layer:
    os.write(1, b"\xff" * 8)
    os._exit(0)


WORKERS = {"ends": _ends, "killed": _killed, "babbles": _babbles}


def _refusing(number: int) -> None:
    """Answer every order with this error."""
    orders = socket.socket(fileno=0)
    while socket.recv_fds(orders, ORDER_BYTES, 2)[0]:
        orders.send(NUMBER.pack(-number))


if __name__ == "__main__":
    _, kind, number = map(int, sys.argv[1:])
    if kind == 0:
        _refusing(number)
    elif kind == 1:
        os.kill(os.getpid(), number)
    elif kind == 2:
        os._exit(number)
    fork_workers(WorkerTask(list(WORKERS.values())[number], bytes, 100))
