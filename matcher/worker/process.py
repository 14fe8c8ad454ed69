"""The parent's side of a confined child process: start it, ask it, end it.

Rules:
- The child is a Python module, started clean: isolated mode, empty environment, root directory as its place, two pipes
  and no other descriptor, no shell. Its arguments are numbers.
- A request is any bytes; a reply is at most `max_reply_bytes`. Both travel as frames (`frames.py`). The child's first
  frame says that it is ready.
- The parent holds the clock. A child that is late, ends, or breaks the framing is killed and never asked again.
- A child never outlives its parent: it ends when its pipe closes, and the kernel kills it when the parent dies.

The picture worker and the page worker are both such children; what the bytes mean is theirs alone.
"""

import contextlib
import fcntl
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

from matcher.worker.frames import LENGTH_BYTES

_PIPE_BYTES = 2**20
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker-spawner")
"""The kernel ties a child's death signal to the thread that started it, so one lasting thread starts them all."""


class Ending(Enum):
    """Why a child gave no answer."""

    LATE = "it did not answer in time"
    ENDED = "it ended"
    BROKE_THE_FRAMING = "its answer was not well-formed"


class ConfinedProcess:
    """One confined child. Not thread-safe: one question at a time."""

    def __init__(self, module: str, arguments: Sequence[int], max_reply_bytes: int) -> None:
        self._max_reply_bytes = max_reply_bytes
        self._child = _SPAWNER.submit(_spawn, module, arguments).result()
        self._in, self._out = _descriptors(self._child)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def ready(self, seconds: float) -> bytes | Ending:
        """Wait for the child's first frame. To be called once, before the first question."""
        return self._kept(self._receive(time.monotonic() + seconds))

    def ask(self, parts: Sequence[bytes], seconds: float) -> bytes | Ending:
        """Send one request (the parts joined) and wait for its reply. After an Ending the child is dead."""
        deadline = time.monotonic() + seconds
        length = sum(map(len, parts)).to_bytes(LENGTH_BYTES, "little")
        for part in (length, *parts):
            if (ending := self._send(part, deadline)) is not None:
                return self._kept(ending)
        return self._kept(self._receive(deadline))

    def kill(self) -> None:
        """End the child, from any thread. Whoever waits for its reply learns that it ended."""
        self._child.kill()

    def close(self) -> None:
        """Kill the child and close its pipes. Idempotent; only for the thread that uses the child."""
        self._child.kill()
        with contextlib.suppress(OSError):
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None:
                    pipe.close()
        self._child.wait()

    def _kept(self, reply: bytes | Ending) -> bytes | Ending:
        if isinstance(reply, Ending):
            self.close()
        return reply

    def _send(self, part: bytes, deadline: float) -> Ending | None:
        rest = memoryview(part)
        while rest:
            if not _wait(self._in, select.POLLOUT, deadline):
                return Ending.LATE
            try:
                rest = rest[os.write(self._in, rest) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                return Ending.ENDED
        return None

    def _receive(self, deadline: float) -> bytes | Ending:
        header = self._read(LENGTH_BYTES, deadline)
        if isinstance(header, Ending):
            return header
        length = int.from_bytes(header, "little")
        return Ending.BROKE_THE_FRAMING if length > self._max_reply_bytes else self._read(length, deadline)

    def _read(self, length: int, deadline: float) -> bytes | Ending:
        received = bytearray()
        while len(received) < length:
            if not _wait(self._out, select.POLLIN, deadline):
                return Ending.LATE
            chunk = os.read(self._out, length - len(received))
            if not chunk:
                return Ending.ENDED
            received += chunk
        return bytes(received)


def _spawn(module: str, arguments: Sequence[int]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-B", "-m", module, str(os.getpid()), *map(str, arguments)]
    return subprocess.Popen(
        command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        cwd="/",
        env={},
        start_new_session=True,
    )


def _descriptors(child: subprocess.Popen[bytes]) -> tuple[int, int]:
    if child.stdin is None or child.stdout is None:
        msg = "both pipes were asked for"
        raise AssertionError(msg)
    for pipe in (child.stdin, child.stdout):
        os.set_blocking(pipe.fileno(), False)
        with contextlib.suppress(OSError):  # a larger pipe is faster, and not always granted
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return child.stdin.fileno(), child.stdout.fileno()


def _wait(descriptor: int, event: int, deadline: float) -> bool:
    """Whether the descriptor has something to say (an end or an error too) before the deadline."""
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
