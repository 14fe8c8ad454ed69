"""The fork server, from outside: started ahead, asked for workers, and restarted when it has died.

Its process is a Python module, started clean: isolated mode, empty environment, root directory as working directory,
one socket and no other descriptor, no shell. Its arguments are numbers. The kernel kills it when we die, and its
workers with it.
"""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from matcher.worker.fork_loop import END, NUMBER, START
from matcher.worker.process import ConfinedProcess
from matcher.worker.start_failure import CLOSED, Unstarted, refused, server_ended, server_silent

START_SECONDS = 60.0
END_SECONDS = 1.0
"""How long to wait for a server that hung up, to learn its exit."""
_TRIES = 2
_HUNG_UP = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN})
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker-spawner")
"""The kernel ties a child's death signal to the thread that started it, so one lasting thread starts them all."""


class ForkServer:
    """Makes confined workers of one kind. Thread-safe."""

    def __init__(self, module: str, arguments: Sequence[int], max_reply_bytes: int) -> None:
        self._command = [sys.executable, "-I", "-B", "-m", module, str(os.getpid()), *map(str, arguments)]
        self._max_reply_bytes = max_reply_bytes
        self._changing = Lock()
        self._closed = False
        self._life: _ServerProcess | None = None
        with contextlib.suppress(OSError):  # whoever asks for a worker tries again, and learns why
            self._life = self._born()

    def start(self) -> ConfinedProcess | Unstarted:
        """Return a new worker, which reports itself when it is ready; or why there is none."""
        worker: ConfinedProcess | Unstarted = CLOSED
        for _ in range(_TRIES):
            with self._changing:
                if self._closed:
                    return CLOSED
                try:
                    self._life = life = self._life or self._born()
                except OSError as error:
                    return refused(error)
            worker = life.fork(self._max_reply_bytes)
            if isinstance(worker, ConfinedProcess):
                break
            self._bury(life)
        return worker

    @property
    def pid(self) -> int | None:
        """The process id of the server; None while there is none."""
        return self._life.child.pid if self._life else None

    def close(self) -> None:
        """End the server, and with it every worker. It starts none afterwards."""
        with self._changing:
            self._closed = True
            life, self._life = self._life, None
        if life is not None:
            life.close()

    def _born(self) -> "_ServerProcess":
        """Raises OSError when the system gives no process."""
        return _SPAWNER.submit(_ServerProcess, self._command).result()

    def _bury(self, life: "_ServerProcess") -> None:
        with self._changing:
            if self._life is life:
                self._life = None
        life.close()


class _ServerProcess:
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

    def fork(self, max_reply_bytes: int) -> ConfinedProcess | Unstarted:
        """Return a new worker, or why the server made none."""
        theirs: list[int] = []
        ours: list[int] = []
        try:
            theirs[:1], ours[:1] = _pipe()
            ours[1:], theirs[1:] = _pipe()
            pid, handle = self._forked(theirs)
        except OSError as error:
            for end in ours:
                os.close(end)
            return self._why(error)
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
        number = NUMBER.unpack(answer)[0] if len(answer) == NUMBER.size else -errno.ECONNRESET
        if number < 0 or not handles:  # a handle that did not come found no room among our descriptors
            number = -number if number < 0 else errno.EMFILE
            raise OSError(number, os.strerror(number))
        return number, handles[0]

    def _why(self, error: OSError) -> Unstarted:
        """Return the reason that this error stands for."""
        if isinstance(error, TimeoutError):
            return server_silent(START_SECONDS)
        if error.errno not in _HUNG_UP:
            return refused(error)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return server_ended(self.child.wait(END_SECONDS))
        return refused(error)

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
