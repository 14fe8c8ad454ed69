"""The kernel's socket tables: addresses as they are printed there, and what counts as the loopback."""

import contextlib
import struct
import subprocess
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.rehearsal.network.loopback import OpenSocket, _address


def printed(address: IPv4Address | IPv6Address) -> str:
    """As /proc/net prints it: words of 32 bits, each in the machine's byte order."""
    words = struct.unpack(f"={len(address.packed) // 4}I", address.packed)
    return "".join(f"{word:08X}" for word in words) + ":1F90"


@given(st.ip_addresses())
def test_addresses_are_read_as_the_kernel_prints_them(address: IPv4Address | IPv6Address) -> None:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    assert _address(printed(address)) == (mapped or address)


def test_a_mapped_address_is_the_address_it_stands_for() -> None:
    assert _address(printed(IPv6Address("::ffff:192.0.2.1"))) == IPv4Address("192.0.2.1")


@pytest.mark.parametrize(
    ("local", "remote", "on_loopback"),
    [
        ("127.0.0.1", "0.0.0.0", True),  # noqa: S104 - the wildcard stands for a peer that there is not
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::", True),
        ("0.0.0.0", "0.0.0.0", False),  # noqa: S104 - listens on every address
        ("::", "::", False),
        ("127.0.0.1", "192.0.2.1", False),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_only_the_loopback_is_the_loopback(local: str, remote: str, on_loopback: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert OpenSocket(1, ip_address(local), ip_address(remote)).on_loopback is on_loopback


def test_a_port_is_given_to_one_process_only() -> None:
    """Two networks that start at once choose before either has bound: with seven ports each, surely the same."""
    script = (
        "import random, sys; from scanner.rehearsal.network import loopback; loopback.PORTS = range(31000, 31014);"
        "random.seed(1); print(*loopback.free_ports(7), flush=True); sys.stdin.read()"
    )
    with contextlib.ExitStack() as stack:
        choosers = [stack.enter_context(_python(script)) for _ in range(2)]
        chosen = [int(port) for chooser in choosers for port in (chooser.stdout or sys.stdin).readline().split()]
    assert len(chosen) == len(set(chosen)) == 14


def _python(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
