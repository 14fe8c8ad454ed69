"""The loopback: free ports on it, and the proof that a process has no socket elsewhere (Linux, /proc)."""

import contextlib
import random
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

PORTS = range(11000, 31000)
"""Below the kernel's ephemeral range: a number from there may be taken as a source port before tor binds it."""
TABLES = ("tcp", "tcp6", "udp", "udp6")


@dataclass(frozen=True, slots=True)
class OpenSocket:
    """One internet socket of a process. `remote` is the wildcard address while it listens or is not connected."""

    pid: int
    local: IPv4Address | IPv6Address
    remote: IPv4Address | IPv6Address

    @property
    def on_loopback(self) -> bool:
        """Bound to the loopback, and not connected to anything else."""
        return self.local.is_loopback and (self.remote.is_loopback or self.remote.is_unspecified)


def free_ports(count: int) -> list[int]:
    """Return different free TCP ports on 127.0.0.1, reserved against other callers of this function.

    A tor binds its port a while after it was chosen: without a mark on it, two networks that start at once, or two tors
    of one network, sometimes choose the same number.
    """
    shuffled = random.sample(PORTS, len(PORTS))
    free = (port for port in shuffled if _is_free(port) and _is_marked_ours(port))
    return [next(free) for _ in range(count)]


def sockets_of(pids: Iterable[int]) -> list[OpenSocket]:
    """Return every internet socket that these processes hold. Processes that are gone hold none."""
    owners = {inode: pid for pid in pids for inode in _socket_inodes(pid)}
    return [
        OpenSocket(owners[inode], local, remote)
        for table in TABLES
        for inode, local, remote in _entries(Path("/proc/net") / table)
        if inode in owners
    ]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _is_marked_ours(port: int) -> bool:
    """Mark a port by a name in the kernel's abstract namespace: one owner, until this process ends."""
    with socket.socket(socket.AF_UNIX) as mark:
        try:
            mark.bind(f"\0sightline-port-{port}")
        except OSError:
            return False
        mark.detach()
        return True


def _socket_inodes(pid: int) -> Iterator[int]:
    """Return a process's sockets. Raise PermissionError for a process that hides its descriptors."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    yield int(target.removeprefix("socket:[").removesuffix("]"))


def _entries(table: Path) -> Iterator[tuple[int, IPv4Address | IPv6Address, IPv4Address | IPv6Address]]:
    if not table.exists():  # a kernel without IPv6
        return
    for line in table.read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        yield int(fields[9]), _address(fields[1]), _address(fields[2])


def _address(field: str) -> IPv4Address | IPv6Address:
    """Return an address; the kernel prints each 32-bit word of it in its own byte order."""
    digits = field.partition(":")[0]
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    address = ip_address(packed)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
