"""A child that is confined within some of the layers, as it is told, and then tries to escape.

Its arguments: the parent's process id, and the layers to put in force. A request names an attempt; the answer is
`escaped`, or `refused` and the error's number. Most attempts are fatal within all layers.
"""

import contextlib
import ctypes
import errno
import mmap
import os
import resource
import socket
import sys
from collections.abc import Callable

from matcher.worker import confinement
from matcher.worker.fork_loop import WorkerTask, fork_workers
from matcher.worker.layers import Layer

MEMORY_BYTES = 2**30
_libc = ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: int) -> None:
    """A system call of x86-64 by its number. Raises OSError where the kernel refuses."""
    if _libc.syscall(number, *(ctypes.c_long(argument) for argument in arguments)) < 0:
        raise OSError(ctypes.get_errno(), "refused")


_kept: list[ctypes.Array[ctypes.c_char]] = []


def _address(text: bytes) -> int:
    _kept.append(ctypes.create_string_buffer(text))
    return ctypes.addressof(_kept[-1])


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _memory(size: int) -> None:
    with mmap.mmap(-1, size) as held:
        held[size - 1] = 1


def _reach() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reaching:
        reaching.connect(("127.0.0.1", 9))  # no packet: a route is looked for


def _mount() -> None:
    """Of a file system that does not exist: whoever may mount hears that, and nothing is mounted for those who may."""
    try:
        _call(165, _address(b"none\0"), _address(b"/\0"), _address(b"no-such-file-system\0"), 0, 0)
    except OSError as error:
        if error.errno != errno.ENODEV:
            raise


def _inherited() -> None:
    for descriptor in range(3, 16):
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            return
    raise OSError(errno.EBADF, "nothing is open")


ATTEMPTS: dict[str, Callable[[], object]] = {
    "open for reading": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "open for writing": lambda: os.open("/tmp/escaped", os.O_WRONLY | os.O_CREAT, 0o600),  # noqa: S108 - it must fail
    "unnamed file": lambda: os.open("/tmp", os.O_WRONLY | os.O_TMPFILE, 0o600),  # noqa: S108 - it must fail
    "file in memory": lambda: os.memfd_create("escaped"),
    "shared memory file": lambda: os.open("/dev/shm/escaped", os.O_RDWR | os.O_CREAT, 0o600),  # noqa: S108 - it must fail
    "list a folder": lambda: os.listdir("/"),  # noqa: PTH208 - as plainly as it gets
    "make a folder": lambda: os.mkdir("/tmp/escaped"),  # noqa: S108, PTH102 - it must fail
    "remove a file": lambda: os.unlink("/tmp/escaped"),  # noqa: S108, PTH108 - it must fail
    "read a link": lambda: os.readlink("/proc/self/exe"),  # noqa: PTH115 - one system call, and no more
    "tcp socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "udp socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "netlink socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "reach the loopback": _reach,
    "execve": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - it must fail
    "fork": _fork,
    "kill the parent": lambda: os.kill(os.getppid(), 0),
    "ptrace": lambda: _call(101, 0, 0, 0, 0),
    "read another's memory": lambda: _call(310, 1, 0, 0, 0, 0, 0),
    "executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "make memory executable": lambda: _call(10, _address(bytes(4096)) & ~4095, 4096, 5),
    "io_uring": lambda: _call(425, 8, _address(bytes(120))),
    "shared memory segment": lambda: _call(29, 0, 4096, 0o1600),
    "bpf": lambda: _call(321, 0, _address(bytes(72)), 72),
    "keyring": lambda: _call(250, 0, -1, 0),
    "mount": _mount,
    "new user namespace": lambda: _call(272, 0x10000000),
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20)),
    "an inherited descriptor": _inherited,
    "write to stderr": lambda: os.write(2, b"escaped"),
    "read from the reply pipe": lambda: os.read(1, 1),
    "three gigabytes": lambda: _memory(3 * 2**30),
}


def attempt(request: bytearray) -> bytes:
    """Try to escape in one way."""
    try:
        ATTEMPTS[request.decode()]()
    except (OSError, ValueError, MemoryError) as error:
        return f"refused {getattr(error, 'errno', None) or type(error).__name__}".encode()
    return b"escaped"


def confined(server: int, wanted: Layer) -> Layer:
    """As workers are, within these layers alone."""
    layers = confinement.isolate(server) if Layer.DESCRIPTORS in wanted else Layer(0)
    if Layer.CAPABILITIES in wanted:
        confinement.become_nobody()
    for layer, step in zip(_ORDER, confinement.STEPS, strict=True):
        layers |= step() if layer in wanted else Layer(0)
    if Layer.RESOURCE_LIMITS in wanted:
        layers |= confinement.limit_resources(MEMORY_BYTES)
    if Layer.SECCOMP in wanted:
        layers |= confinement.call_little()
    return layers


_ORDER = (Layer.NAMESPACES, Layer.CAPABILITIES, Layer.NO_NEW_PRIVILEGES, Layer.NOT_DUMPABLE, Layer.LANDLOCK)

if __name__ == "__main__":
    parent, layers = map(int, sys.argv[1:])
    confinement.isolate(parent)
    fork_workers(WorkerTask(lambda server: confined(server, Layer(layers)), attempt, 100))
