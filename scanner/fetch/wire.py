"""A connection to tor's SocksPort on which every byte and every second is metered, below TLS and HTTP.

A library above may set time-outs, read ahead or loop as it likes: each read asks the meter first and fails once the
deadline has passed or the budget is spent. The only address ever connected to is that of tor's SocksPort.
"""

import socket
from typing import TYPE_CHECKING, Final

from scanner.fetch.causes import Cause
from scanner.fetch.meter import Meter

if TYPE_CHECKING:
    from typing_extensions import Buffer

_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)


class Wire(socket.socket):
    """A metered TCP connection. `meter` is set anew for each exchange."""

    meter: Meter

    def recv_into(self, buffer: "Buffer", nbytes: int = 0, flags: int = 0) -> int:
        """Read at most what the meter allows, before the deadline. Raises Ended."""
        view = memoryview(buffer).cast("B")
        allowed = self.meter.room(nbytes or len(view))
        self.settimeout(self.meter.seconds_left())
        try:
            received = super().recv_into(view[:allowed], allowed, flags)
        except TimeoutError:
            raise self.meter.late() from None
        self.meter.count(received)
        self._acknowledge()
        return received

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As `recv_into`."""
        buffer = bytearray(self.meter.room(bufsize))
        return bytes(buffer[: self.recv_into(buffer, len(buffer), flags)])

    def sendall(self, data: "Buffer", flags: int = 0) -> None:
        """Send before the deadline. Raises Ended."""
        self.settimeout(self.meter.seconds_left())
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise self.meter.late() from None

    def _acknowledge(self) -> None:
        """Tor leaves Nagle's algorithm on: else each of its short messages would wait for our delayed ACK (40 ms)."""
        if _QUICKACK is not None and self.family != socket.AF_UNIX:
            self.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)


def dial(host: str, port: int, meter: Meter) -> Wire:
    """A connection to tor at a numeric address of this machine; nothing is resolved. Raises Ended."""
    wire = Wire(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    wire.meter = meter
    try:
        wire.settimeout(meter.seconds_left())
        wire.connect((host, port))
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        wire.close()
        raise meter.end(Cause.TOR_DOWN) from None
    return wire
