"""The watch over sockets sees its own process and its children, and only what is off the loopback."""

import os
import socket
import subprocess
import sys

from scanner.rehearsal.socket_watch import SocketWatch, descendants

LISTENER = "import socket, sys; s = socket.create_server((sys.argv[1], 0)); print(1, flush=True); sys.stdin.read()"


def watched(address: str) -> SocketWatch:
    """A watch that has looked while a child listened on `address`."""
    command = [sys.executable, "-c", LISTENER, address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"1\n"
        assert child.pid in list(descendants(os.getpid()))
        watch = SocketWatch()
        watch.look()
        child.communicate()
    return watch


def test_a_child_on_every_address_is_astray() -> None:
    assert watched("").astray


def test_a_child_on_the_loopback_is_not() -> None:
    watch = watched("127.0.0.1")
    assert watch.seen
    assert not watch.astray


def test_the_watch_looks_by_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)), SocketWatch() as watch:
        while not watch.seen:
            pass
    assert not watch.astray
