"""The layers that keep a child harmless even when hostile bytes have taken it over.

No single layer is enough, so they overlap: `isolate` is called before anything else is imported (it needs a process
with one thread), `confine` after everything has been imported and warmed up (what follows may open nothing).
"""

import ctypes
import gc
import os
import resource
import signal
from enum import IntFlag

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUTS = 0x04000000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000

_MAX_DESCRIPTORS = 8


class Layer(IntFlag):
    """The layers, as one bit each: what the child reports as in force."""

    NAMESPACES = 1
    NO_NEW_PRIVILEGES = 2
    NOT_DUMPABLE = 4
    RESOURCE_LIMITS = 8


def isolate(parent: int) -> Layer:
    """Die with the parent (by its process id), and leave the host's users, network, mounts and messages."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    flags = _CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWNS | _CLONE_NEWUTS
    return Layer(0) if _libc.unshare(flags) else Layer.NAMESPACES


def confine(memory_bytes: int) -> Layer:
    """Give up what is left: new privileges, memory dumps, files, and more memory than `memory_bytes`."""
    gc.collect()
    gc.freeze()
    layers = Layer(0)
    if _prctl(_PR_SET_NO_NEW_PRIVS, 1):
        layers |= Layer.NO_NEW_PRIVILEGES
    if _prctl(_PR_SET_DUMPABLE, 0):
        layers |= Layer.NOT_DUMPABLE
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _MAX_DESCRIPTORS),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
    return layers | Layer.RESOURCE_LIMITS


def _prctl(option: int, value: int) -> bool:
    return bool(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0)
