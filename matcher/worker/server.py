"""The fork server, from outside: it is started ahead, asked for workers, and started again when it has died.

Its process is a Python module, started clean: isolated mode, empty environment, root directory as its place, one socket
and no other descriptor, no shell. Its arguments are numbers. The kernel kills it when we die, and its workers with it.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from matcher.worker.forking import END, NO_WORKER, NUMBER, START
from matcher.worker.process import ConfinedProcess

START_SECONDS = 60.0
_TRIES = 2
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker-spawner")
"""The kernel ties a child's death signal to the thread that started it, so one lasting thread starts them all."""


class ForkServer:
    """Makes confined workers of one kind. Thread-safe."""

    def __init__(self, module: str, arguments: Sequence[int], max_reply_bytes: int) -> None:
        self._command = [sys.executable, "-I", "-B", "-m", module, str(os.getpid()), *map(str, arguments)]
        self._max_reply_bytes = max_reply_bytes
        self._changing = Lock()
        self._closed = False
        self._life: _Life | None = self._born()

    def start(self) -> ConfinedProcess | None:
        """A new worker, which says itself when it is ready; None when none can be had."""
        for _ in range(_TRIES):
            with self._changing:
                if self._closed:
                    return None
                self._life = life = self._life or self._born()
            if life is None:
                return None
            worker = life.fork(self._max_reply_bytes)
            if worker is not None:
                return worker
            self._bury(life)
        return None

    @property
    def pid(self) -> int | None:
        """The process id of the server; None while there is none."""
        return self._life.child.pid if self._life else None

    def close(self) -> None:
        """End the server, and with it every worker. None is had afterwards."""
        with self._changing:
            self._closed = True
            life, self._life = self._life, None
        if life is not None:
            life.close()

    def _born(self) -> "_Life | None":
        try:
            return _SPAWNER.submit(_Life, self._command).result()
        except OSError:
            return None

    def _bury(self, life: "_Life") -> None:
        with self._changing:
            if self._life is life:
                self._life = None
        life.close()


class _Life:
    """One life of the server's process."""

    def __init__(self, command: Sequence[str]) -> None:
        self._asking = Lock()
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._orders.settimeout(START_SECONDS)
        with theirs:
            self.child = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                close_fds=True,
                cwd="/",
                env={},
                start_new_session=True,
            )

    def fork(self, max_reply_bytes: int) -> ConfinedProcess | None:
        """A new worker; None when the server gives none."""
        theirs: list[int] = []
        ours: list[int] = []
        try:
            theirs[:1], ours[:1] = _pipe()
            ours[1:], theirs[1:] = _pipe()
            pid, handle = self._forked(theirs)
        except OSError:
            for end in ours:
                os.close(end)
            return None
        finally:
            for end in theirs:
                os.close(end)
        requests, replies = ours
        return ConfinedProcess(pid, handle, (requests, replies), max_reply_bytes, self.end)

    def _forked(self, pipes: Sequence[int]) -> tuple[int, int]:
        """Process id and handle of a new worker. Raises OSError when the server gives none."""
        with self._asking:
            socket.send_fds(self._orders, [START], pipes)
            answer, handles, _, _ = socket.recv_fds(self._orders, NUMBER.size, 1)
        if len(answer) != NUMBER.size or not handles or NUMBER.unpack(answer)[0] == NO_WORKER:
            msg = "the fork server gave no worker"
            raise OSError(msg)
        return NUMBER.unpack(answer)[0], handles[0]

    def end(self, pid: int) -> int:
        """Kill a worker; how it ended, as a return code of `subprocess` (that of a kill when the server has died)."""
        with contextlib.suppress(OSError), self._asking:
            self._orders.send(END + NUMBER.pack(pid))
            answer = self._orders.recv(NUMBER.size)
            if len(answer) == NUMBER.size:
                return int(NUMBER.unpack(answer)[0])
        return -signal.SIGKILL

    def close(self) -> None:
        """End the process, and with it its workers."""
        self.child.kill()
        self.child.wait()
        self._orders.close()


def _pipe() -> tuple[list[int], list[int]]:
    read, write = os.pipe()
    return [read], [write]
