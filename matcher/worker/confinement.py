"""The layers that keep a worker harmless even when hostile bytes have taken it over.

No single layer is enough, so they overlap: Landlock alone allows sockets, memory files and new processes; seccomp alone
leaves inherited resources; a limit of file sizes still lets files be created. `isolate` runs first, `confine` after all
imports and warm-up: from then on nothing may be opened. Each layer counts as in force only after an attempt at what it
must stop has failed.
"""

import ctypes
import errno
import gc
import mmap
import os
import resource
import signal
import socket
import struct
from functools import cache

from matcher.worker import landlock, seccomp
from matcher.worker.layers import Layer

_libc = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS, _PR_GET_NO_NEW_PRIVS = 38, 39
_PR_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_CAPABILITIES = 64

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUTS = 0x04000000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000

_NOBODY = 65534
_FIRST_UNWANTED = 3
_MAX_DESCRIPTORS = 8
_NOWHERE = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737): no packet is sent, only a route looked for."""


def isolate(parent: int) -> Layer:
    """Die with the parent (by its process id), and close everything inherited but the pipes."""
    _die_with(parent)
    os.closerange(_FIRST_UNWANTED, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return Layer.DESCRIPTORS if _nothing_open() else Layer(0)


def confine(memory_bytes: int) -> Layer:
    """Give up everything but memory (of `memory_bytes` at most) and the two pipes. Returns what else is in force.

    The process must have one thread only. Nothing can be imported or opened afterwards.
    """
    gc.collect()
    gc.freeze()
    parent = os.getppid()
    become_nobody()
    layers = Layer(0)
    for step in STEPS:
        layers |= step()
    _die_with(parent)  # a change of identity made the kernel forget it
    layers |= limit_resources(memory_bytes)
    return layers | call_little()


def _die_with(parent: int) -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _nothing_open() -> bool:
    for descriptor in range(_FIRST_UNWANTED, 256):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        return False
    return True


def become_nobody() -> None:
    """Drop from root to nobody, for good; an ordinary user stays."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def leave_namespaces() -> Layer:
    """Enter new namespaces for users, network, mounts and messages. Needs a process with one thread."""
    flags = _CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWNS | _CLONE_NEWUTS
    return Layer.NAMESPACES if _libc.unshare(flags) == 0 and _no_route() else Layer(0)


def _no_route() -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
        except OSError as error:
            return error.errno == errno.ENETUNREACH
    return False


def drop_capabilities() -> Layer:
    """Empty every set of capabilities, and prevent regaining any."""
    _libc.prctl(_PR_CAP_AMBIENT, ctypes.c_ulong(_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)
    for capability in range(_CAPABILITIES):
        _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0)
    header, nothing = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24)
    held = ctypes.create_string_buffer(24)
    _libc.capset(header, nothing)
    dropped = _libc.capget(header, held) == 0 and held.raw == nothing
    return Layer.CAPABILITIES if dropped and _libc.unshare(_CLONE_NEWUTS) != 0 else Layer(0)


def gain_nothing() -> Layer:
    """Set no-new-privileges."""
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0)
    return Layer.NO_NEW_PRIVILEGES if _libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 else Layer(0)


def show_nothing() -> Layer:
    """Prevent core dumps, and tracing by processes of the same user."""
    _libc.prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0), 0, 0, 0)
    return Layer.NOT_DUMPABLE if _libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 else Layer(0)


def open_nothing() -> Layer:
    """Landlock, with nothing allowed."""
    if not landlock.deny_all():
        return Layer(0)
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    except PermissionError:
        return Layer.LANDLOCK
    return Layer(0)


def limit_resources(memory_bytes: int) -> Layer:
    """Memory of `memory_bytes` in all, no byte in any file, no core dump, few descriptors."""
    limits = (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _MAX_DESCRIPTORS),
    )
    try:
        for limit, value in limits:
            resource.setrlimit(limit, (value, value))
        mmap.mmap(-1, memory_bytes).close()
    except ValueError:
        return Layer(0)
    except (OSError, OverflowError, MemoryError):
        return Layer.RESOURCE_LIMITS
    return Layer(0)


def call_little() -> Layer:
    """Install the filter of system calls, and check that this process refuses what it refuses gently."""
    in_force = filter_kills() and _may_complain() and seccomp.install() and not _may_complain()
    return Layer.SECCOMP if in_force else Layer(0)


@cache
def filter_kills() -> bool:
    """Return True if the filter kills, as a process that dies of it shows.

    The kernel does that alike for every fork: a fork server checks once, and its workers know.
    """
    victim = os.fork()
    if victim == 0:
        gain_nothing()
        if seccomp.install():
            _libc.getppid()
        os._exit(0)
    _, status = os.waitpid(victim, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS


def _may_complain() -> bool:
    """Return True if descriptor 2, which leads nowhere, may be written to."""
    try:
        os.write(2, b"")
    except OSError:
        return False
    return True


STEPS = (leave_namespaces, drop_capabilities, gain_nothing, show_nothing, open_nothing)
"""In this order, then the limits, and the filter last: each may need what the next one takes away."""
