"""The fork server's own side: one clean process that has imported everything; each worker is a fork of it.

- It meets no byte from a site: an order is one byte, the pipes of a new worker, or a worker's number.
- A fork costs milliseconds where a start costs a second, so that every site can have its own workers.
- A worker closes all but its two pipes, confines itself, reports its layers, and only then reads. With a second thread
  it ends instead: most layers hold only for the thread that requests them.
- Forks share the layout of their memory. An attacker who learns it in one worker knows it for the next:
  docs/threat-model.md.

Orders arrive as packets on descriptor 0. `START` brings the worker's ends of two pipes; the reply is its process id and
a descriptor of the process, or, negative, the number of the system's error. `END` and a process id kill that worker;
the reply is its exit as a `subprocess` return code.
"""

import gc
import os
import signal
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matcher.worker.frames import serve, write_frame
from matcher.worker.layers import Layer

START, END = b"S", b"E"
NUMBER = struct.Struct("<i")
ORDER_BYTES = 1 + NUMBER.size
SECOND_THREAD = 3
"""The exit code of a worker that ends because it has a second thread."""
_PIPES = 2


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """A worker's task: confine itself, then answer requests of bounded size.

    `confine` receives the server's process id; it leaves nothing open but the two pipes.
    """

    confine: Callable[[int], Layer]
    answer: Callable[[bytearray], bytes]
    max_request_bytes: int


def fork_workers(work: WorkerTask) -> None:
    """Obey orders until the parent closes the socket. The process must have one thread only."""
    gc.collect()
    gc.freeze()
    orders, workers = socket.socket(fileno=0), set[int]()
    while True:
        order, pipes, _, _ = socket.recv_fds(orders, ORDER_BYTES, _PIPES)
        if order == START and len(pipes) == _PIPES:
            _start(orders, workers, pipes, work)
        elif order[:1] == END:
            orders.send(NUMBER.pack(_end(workers, *NUMBER.unpack(order[1:]))))
        else:
            os._exit(0)


def _start(orders: socket.socket, workers: set[int], pipes: list[int], work: WorkerTask) -> None:
    server = os.getpid()
    try:
        pid = os.fork()
    except OSError as error:
        pid = -(error.errno or 1)
    if pid == 0:
        try:
            _work(server, pipes, work)
        finally:
            os._exit(1)
    for pipe in pipes:
        os.close(pipe)
    if pid < 0:
        orders.send(NUMBER.pack(pid))
        return
    workers.add(pid)
    try:
        handle = os.pidfd_open(pid)
    except OSError as error:
        _end(workers, pid)
        orders.send(NUMBER.pack(-(error.errno or 1)))
        return
    socket.send_fds(orders, [NUMBER.pack(pid)], [handle])
    os.close(handle)


def _work(server: int, pipes: list[int], work: WorkerTask) -> None:
    for standard, pipe in enumerate(pipes):
        os.dup2(pipe, standard)
    if len(list(Path("/proc/self/task").iterdir())) > 1:  # a library brought its threads back after the fork
        os._exit(SECOND_THREAD)
    write_frame(bytes([work.confine(server)]))
    serve(work.answer, work.max_request_bytes)
    os._exit(0)


def _end(workers: set[int], pid: int) -> int:
    """Kill and forget one of our own workers; 0 for any other number."""
    if pid not in workers:
        return 0
    workers.discard(pid)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
