"""Reasons why no confined worker started, in plain words and with a fix."""

import errno
import os
import signal
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from config.faults import Fault
from matcher.worker.fork_loop import SECOND_THREAD
from matcher.worker.process import WorkerEnding

_REPORT: Final = "Report this as a bug, with the versions of Python and of its packages."
_MEMORY: Final = "Free memory, or have fewer workers (`matcher.workers`); in a container or a unit, raise its limit."
_BY_ERRNO: Final = MappingProxyType(
    {
        errno.EAGAIN: "Let Sightline have more processes (`ulimit -u`, systemd's TasksMax, a container's pids limit).",
        errno.ENOMEM: _MEMORY,
        errno.EMFILE: "Let Sightline have more files open (`ulimit -n`, systemd's LimitNOFILE).",
        errno.ENFILE: "The system has too many files open: raise fs.file-max, or end what holds them.",
    }
)
_BY_ENDING: Final = MappingProxyType(
    {
        WorkerEnding.LATE: "The machine is too busy: have fewer workers (`matcher.workers`), or try again.",
        WorkerEnding.BROKE_THE_FRAMING: _REPORT,
        WorkerEnding.FORBIDDEN_CALL: f"A library has come that the list of calls does not know. {_REPORT}",
    }
)


@dataclass(frozen=True, slots=True)
class Unstarted:
    """There is no worker, and this is why."""

    why: str
    fix: str

    def fault(self, where: str) -> Fault:
        """Return the Fault of these workers."""
        return Fault(where, f"a confined worker does not start here: {self.why}", self.fix)


CLOSED: Final = Unstarted("the workers were ended", "Start Sightline again.")


def refused(error: OSError) -> Unstarted:
    """Return the reason for a process, pipe or descriptor that the system refused."""
    number = error.errno or 0
    why = f"the system gives no process ({os.strerror(number) if number else type(error).__name__})"
    return Unstarted(why, _BY_ERRNO.get(number, "See what the system says of it, then try again."))


def server_silent(seconds: float) -> Unstarted:
    """Return the reason for a fork server that did not answer in time."""
    return Unstarted(f"its fork server did not answer within {seconds:.0f} s", _BY_ENDING[WorkerEnding.LATE])


def server_ended(code: int) -> Unstarted:
    """Return the reason for a fork server that ended with this return code of `subprocess`."""
    fix = _MEMORY if code == -signal.SIGKILL else f"Reinstall Sightline. If that does not help: {_REPORT}"
    return Unstarted(f"its fork server ended ({_told(code)})", fix)


def not_ready(ending: WorkerEnding, code: int | None) -> Unstarted:
    """Return the reason for a worker that ended (with this return code) before it was ready."""
    if code == SECOND_THREAD:
        return Unstarted("a library begins a second thread in it, which most layers would not hold for", _REPORT)
    why = f"{ending.value}, before it was ready"
    if ending is not WorkerEnding.ENDED or code is None:
        return Unstarted(why, _BY_ENDING.get(ending, _MEMORY))
    return Unstarted(f"{why} ({_told(code)})", f"{_MEMORY} See as well `matcher.worker_memory_bytes`.")


def _told(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return "killed, as the system does when memory is short" if name == "SIGKILL" else f"by {name}"
