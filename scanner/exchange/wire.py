"""A connection to tor's SocksPort on which every byte and second is metered, below TLS and HTTP.

A library above may read ahead or loop: each read asks the meter first, and fails once the deadline has passed or the
budget is spent. The only address ever connected to is tor's SocksPort.

The kernel keeps the time (SO_RCVTIMEO, SO_SNDTIMEO; socket(7)): with Python's own timeouts each read is three calls
instead of one, and at each of them another thread takes the interpreter.
"""

import socket
import struct
from typing import TYPE_CHECKING, Final

from scanner.exchange.failure import FailureCause
from scanner.exchange.meter import Meter

if TYPE_CHECKING:
    from typing_extensions import Buffer

_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
_TIMEVAL: Final = struct.Struct("@ll")
_MICROSECONDS: Final = 1_000_000


class Wire(socket.socket):
    """A metered TCP connection. Each exchange sets its own `meter`."""

    meter: Meter

    def recv_into(self, buffer: "Buffer", nbytes: int = 0, flags: int = 0) -> int:
        """Read at most what the meter allows, before the deadline. Raises Ended."""
        view = memoryview(buffer).cast("B")
        allowed = self.meter.room(nbytes or len(view))
        self._wait_at_most(socket.SO_RCVTIMEO)
        try:
            received = super().recv_into(view[:allowed], allowed, flags)
        except BlockingIOError:
            raise self.meter.late() from None
        self.meter.count(received)
        self._acknowledge()
        return received

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Read up to `size` bytes, as `recv_into` does."""
        buffer = bytearray(self.meter.room(bufsize))
        return bytes(buffer[: self.recv_into(buffer, len(buffer), flags)])

    def sendall(self, data: "Buffer", flags: int = 0) -> None:
        """Send before the deadline. Raises Ended."""
        self._wait_at_most(socket.SO_SNDTIMEO)
        try:
            super().sendall(data, flags)
        except BlockingIOError:
            raise self.meter.late() from None

    def _wait_at_most(self, what: int) -> None:
        """Set this socket option to wait until the deadline. Raise Ended if it has passed."""
        left = max(1, int(self.meter.seconds_left() * _MICROSECONDS))  # 0 would be for ever
        self.setsockopt(socket.SOL_SOCKET, what, _TIMEVAL.pack(*divmod(left, _MICROSECONDS)))

    def _acknowledge(self) -> None:
        """Tor leaves Nagle's algorithm on: else each of its short messages would wait for our delayed ACK (40 ms)."""
        if _QUICKACK is not None and self.family != socket.AF_UNIX:
            self.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)


def dial(host: str, port: int, meter: Meter) -> Wire:
    """Connect to tor at a numeric address of this machine, without resolving. Raise Ended."""
    wire = Wire(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    wire.meter = meter
    try:
        wire.settimeout(meter.seconds_left())
        wire.connect((host, port))
        wire.settimeout(None)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        wire.close()
        raise meter.end(FailureCause.TOR_DOWN) from None
    return wire
