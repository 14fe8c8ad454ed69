"""The parent's side of one confined worker: ask it, end it.

Rules:
- A request is any bytes; a reply is at most `max_reply_bytes`. Both travel as frames (`frames.py`). The worker's first
  frame names the layers that confine it: it is ready.
- The parent keeps the time. A worker that is late, ends, or breaks the framing is killed and never asked again.
- A worker never outlives its parent: it ends when its pipe closes, and the kernel kills it when its fork server dies,
  as it kills that server when the parent dies (`fork_server.py`).

The picture worker and the page worker are both such workers; the meaning of the bytes is theirs alone.
"""

import contextlib
import fcntl
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from enum import Enum
from threading import Lock

from matcher.worker.frames import LENGTH_BYTES

_PIPE_BYTES = 2**20


class WorkerEnding(Enum):
    """Why a child gave no answer."""

    LATE = "it did not answer in time"
    ENDED = "it ended"
    FORBIDDEN_CALL = "it made a system call that is not on the list"
    BROKE_THE_FRAMING = "its answer was not well-formed"


class ConfinedProcess:
    """One confined worker. One question at a time; only `kill` is thread-safe.

    `handle` is a descriptor of the process (pidfd_open); requests go into the first of `pipes`, replies come out of the
    second; `reap` kills the worker by its process id and returns its exit.
    """

    def __init__(
        self, pid: int, handle: int, pipes: tuple[int, int], max_reply_bytes: int, reap: Callable[[int], int]
    ) -> None:
        self.pid = pid
        self.ended_with: int | None = None
        """How it ended, as a return code of `subprocess`; None while it lives."""
        self._handle = handle
        self._in, self._out = pipes
        self._max_reply_bytes = max_reply_bytes
        self._reap = reap
        self._closing = Lock()
        for pipe in pipes:
            os.set_blocking(pipe, False)
            with contextlib.suppress(OSError):  # a larger pipe is faster, and not always granted
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def ready(self, seconds: float) -> bytes | WorkerEnding:
        """Wait for the child's first frame. To be called once, before the first question."""
        return self._kept(self._receive(time.monotonic() + seconds))

    def ask(self, parts: Sequence[bytes], seconds: float) -> bytes | WorkerEnding:
        """Send one request (the parts joined) and wait for its reply. After an Ending the child is dead."""
        if _wait(self._out, select.POLLIN, time.monotonic()):  # it speaks unasked: its words would pass for the reply
            return self._kept(self._unasked())
        deadline = time.monotonic() + seconds
        length = sum(map(len, parts)).to_bytes(LENGTH_BYTES, "little")
        ending = self._send((length, *parts), deadline)
        return self._kept(ending or self._receive(deadline))

    def kill(self) -> None:
        """End the worker, from any thread. A thread that waits for its reply learns that it ended."""
        with self._closing:
            if self.ended_with is None:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def close(self) -> None:
        """Kill the worker and close its pipes. Idempotent; only for the thread that uses the worker."""
        if self.ended_with is not None:
            return
        ended_with = self._reap(self.pid)
        with self._closing:
            self.ended_with = ended_with
            for descriptor in (self._handle, self._in, self._out):
                os.close(descriptor)

    def _kept(self, reply: bytes | WorkerEnding) -> bytes | WorkerEnding:
        if isinstance(reply, WorkerEnding):
            self.close()
            if reply is WorkerEnding.ENDED and self.ended_with == -signal.SIGSYS:
                return WorkerEnding.FORBIDDEN_CALL
        return reply

    def _send(self, parts: Sequence[bytes], deadline: float) -> WorkerEnding | None:
        """Send the parts in as few calls as the pipe has room for: each one wakes the worker, which costs more."""
        rest = [memoryview(part) for part in parts]
        while rest:
            try:
                rest = _after(rest, os.writev(self._in, rest))
            except BlockingIOError:
                if not _wait(self._in, select.POLLOUT, deadline):
                    return WorkerEnding.LATE
            except BrokenPipeError:
                return WorkerEnding.ENDED
        return None

    def _unasked(self) -> WorkerEnding:
        """Return why there is something to read before a question: the worker's end, or an unrequested reply."""
        return WorkerEnding.BROKE_THE_FRAMING if os.read(self._out, 1) else WorkerEnding.ENDED

    def _receive(self, deadline: float) -> bytes | WorkerEnding:
        header = self._read(LENGTH_BYTES, deadline)
        if isinstance(header, WorkerEnding):
            return header
        length = int.from_bytes(header, "little")
        return WorkerEnding.BROKE_THE_FRAMING if length > self._max_reply_bytes else self._read(length, deadline)

    def _read(self, length: int, deadline: float) -> bytes | WorkerEnding:
        received = bytearray()
        while len(received) < length:
            if not _wait(self._out, select.POLLIN, deadline):
                return WorkerEnding.LATE
            chunk = os.read(self._out, length - len(received))
            if not chunk:
                return WorkerEnding.ENDED
            received += chunk
        return bytes(received)


def _after(parts: list[memoryview], count: int) -> list[memoryview]:
    """Return the rest of the parts after their first `count` bytes; none that is empty."""
    rest = []
    for part in parts:
        if len(part) > count:
            rest.append(part[count:])
        count = max(0, count - len(part))
    return rest


def _wait(descriptor: int, event: int, deadline: float) -> bool:
    """Return True if the descriptor is readable (an end or an error included) before the deadline."""
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
