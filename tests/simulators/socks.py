"""A SOCKS 5 server on the loopback that stands for tor: it grants or refuses by host, and plays the onion service."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

Script = Callable[[socket.socket], None]
"""The behaviour of a service on a connection. An OSError ends it: the other side has hung up."""

NO_DESCRIPTOR = 0xF0
DISCONNECT = -1
"""Instead of a reply: hang up."""


@dataclass(frozen=True)
class Asked:
    """One CONNECT, as it came in."""

    host: str
    port: int
    username: bytes
    password: bytes


@dataclass
class SocksServer:
    """Use as a context manager. `services` maps a host to its script, or to the reply code that refuses it."""

    services: dict[str, Script | int] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for connection in self._connections:
            connection.close()
        self._listener.close()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._listener.getsockname()
        return str(host), int(port)

    def hang_up(self) -> None:
        """End every connection that stands now, as a server does with idle ones."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
                self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, EOFError):
            asked = self._handshake(connection)
            service = self.services.get(asked.host, NO_DESCRIPTOR)
            if service == DISCONNECT:
                connection.shutdown(socket.SHUT_RDWR)
            elif isinstance(service, int):
                connection.sendall(reply(service))
                connection.shutdown(socket.SHUT_RDWR)
            else:
                connection.sendall(reply(0))
                service(connection)
                connection.shutdown(socket.SHUT_WR)

    def _handshake(self, connection: socket.socket) -> Asked:
        assert exactly(connection, 3) == b"\x05\x01\x02"
        connection.sendall(b"\x05\x02")
        username = exactly(connection, exactly(connection, 2)[1])
        password = exactly(connection, exactly(connection, 1)[0])
        connection.sendall(b"\x01\x00")
        assert exactly(connection, 4) == b"\x05\x01\x00\x03", "the host is asked for by its name"
        host = exactly(connection, exactly(connection, 1)[0]).decode("ascii")
        port = int.from_bytes(exactly(connection, 2), "big")
        self.asked.append(Asked(host, port, username, password))
        return self.asked[-1]


def reply(code: int) -> bytes:
    """Tor's reply to a CONNECT."""
    return bytes([5, code, 0, 1]) + bytes(6)


def exactly(connection: socket.socket, length: int) -> bytes:
    """Read this number of bytes. Raises EOFError when the connection ends first."""
    received = b""
    while len(received) < length:
        piece = connection.recv(length - len(received))
        if not piece:
            raise EOFError
        received += piece
    return received


def request_head(connection: socket.socket) -> bytes:
    """One HTTP request, to its blank line. Raises EOFError when the connection ends first."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        received += exactly(connection, 1)
    return received


def says(*parts: bytes) -> Script:
    """A service that answers one request with these bytes and hangs up."""

    def script(connection: socket.socket) -> None:
        request_head(connection)
        for part in parts:
            connection.sendall(part)

    return script


def keeps_saying(part: bytes, *first: bytes) -> Script:
    """A service that answers one request with `first` and then with `part` without end."""

    def script(connection: socket.socket) -> None:
        says(*first)(connection)
        while True:
            connection.sendall(part)

    return script


def answers_all(answer: bytes, heads: list[bytes] | None = None) -> Script:
    """A service that keeps its connections and answers every request the same."""

    def script(connection: socket.socket) -> None:
        while True:
            head = request_head(connection)
            if heads is not None:
                heads.append(head)
            connection.sendall(answer)

    return script


def drips(part: bytes, pause: threading.Event, seconds: float, *first: bytes) -> Script:
    """A service that sends `part` again and again, with a pause in between that `pause` ends."""

    def script(connection: socket.socket) -> None:
        says(*first)(connection)
        while not pause.wait(seconds):
            connection.sendall(part)

    return script
