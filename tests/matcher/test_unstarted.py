"""A worker that does not start says why, and what to do: nobody is sent to guess."""

import errno
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from config.faults import Fault
from matcher.worker.fork_server import ForkServer
from matcher.worker.hasher import WorkerHasher
from matcher.worker.pool import Pool
from matcher.worker.start_failure import server_silent

REFUSES, DIES, EXITS, WORKERS = range(4)
ENDS, KILLED, BABBLES = range(3)


def told(kind: int, number: int, module: str = "tests.matcher.failing_child") -> Fault:
    with closing(ForkServer(module, (kind, number), 100)) as server, closing(Pool(1, server.start)) as pool:
        (fault,) = pool.check("workers")
        return fault


@pytest.mark.parametrize(
    ("kind", "number", "cause", "fix"),
    [
        (REFUSES, errno.EAGAIN, "gives no process (Resource temporarily unavailable)", "more processes"),
        (REFUSES, errno.ENOMEM, "gives no process (Cannot allocate memory)", "Free memory"),
        (REFUSES, errno.EMFILE, "gives no process (Too many open files)", "more files open"),
        (
            DIES,
            signal.SIGKILL,
            "its fork server ended (killed, as the system does when memory is short)",
            "Free memory",
        ),
        (DIES, signal.SIGSEGV, "its fork server ended (by SIGSEGV)", "Reinstall Sightline"),
        (EXITS, 7, "its fork server ended (exit code 7)", "Reinstall Sightline"),
        (WORKERS, ENDS, "it ended, before it was ready (exit code 1)", "worker_memory_bytes"),
        (WORKERS, KILLED, "it ended, before it was ready (killed, as the system", "Free memory"),
        (WORKERS, BABBLES, "its answer was not well-formed, before it was ready", "Report this as a bug"),
    ],
)
def test_why_is_said_with_its_mend(kind: int, number: int, cause: str, fix: str) -> None:
    fault = told(kind, number)
    assert fault.where == "workers"
    assert cause in fault.cause
    assert fix in fault.fix


def test_a_module_that_is_not_there_is_an_installation_to_be_mended() -> None:
    fault = told(0, 0, "matcher.no_such_module")
    assert "its fork server ended (exit code 1)" in fault.cause
    assert "Reinstall Sightline" in fault.fix


NO_ROOM = """
import resource
from matcher.worker.hasher import WorkerHasher
hasher = WorkerHasher(1)
resource.setrlimit(resource.RLIMIT_NOFILE, (0, 100))
for fault in hasher.check():
    print(fault)
"""


def test_no_room_for_descriptors_is_said() -> None:
    said = subprocess.run([sys.executable, "-c", NO_ROOM], capture_output=True, text=True, check=False).stdout
    assert "Too many open files" in said
    assert "LimitNOFILE" in said


def test_one_that_says_nothing_is_waited_for_no_longer() -> None:
    assert "within 60 s" in server_silent(60.0).why


def test_after_closing_that_is_why() -> None:
    closed = WorkerHasher(1)
    closed.close()
    (fault,) = closed.check()
    assert "were ended" in fault.cause
