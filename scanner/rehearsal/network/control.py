"""One connection to the control port of a tor of the private network (control-spec.txt): commands, replies, events.

The scanner's own tor is driven by `scanner.tor`; this is for the relays and hosts around it. One thread at a time.
"""

import socket
from collections import deque
from types import TracebackType
from typing import Self

FINAL = " "
DATA = "+"
EVENT = "650"


class ControlRefused(Exception):  # noqa: N818 - it tells what happened
    """tor answered a command with an error; the text is tor's own line."""


class RehearsalTorControl:
    """An authenticated control connection. Raises OSError or EOFError when tor is not there or goes away."""

    def __init__(self, port: int, cookie: bytes) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._received = b""
        self._events: deque[str] = deque()
        self.ask(f"AUTHENTICATE {cookie.hex()}")

    def ask(self, command: str) -> str:
        """Send one command; return its reply without the status codes, a line each. Earlier events are kept."""
        self._socket.settimeout(60)
        self._socket.sendall(command.encode("ascii") + b"\r\n")
        while (reply := self._reply()).startswith(EVENT):
            self._events.append(reply)
        if not reply.startswith("2"):
            raise ControlRefused(reply.splitlines()[0])
        return "\n".join(line[4:] for line in reply.splitlines())

    def event(self, seconds: float) -> str | None:
        """Return the next one-line event, without its status code; None if `seconds` pass without one."""
        if not self._events:
            self._socket.settimeout(max(seconds, 0.001))
            try:
                self._events.append(self._reply())
            except TimeoutError:
                return None
        return self._events.popleft()[4:]

    def _reply(self) -> str:
        lines = [self._line()]
        while lines[-1][3:4] != FINAL:
            if lines[-1][3:4] == DATA:
                lines.extend(self._data())
            lines.append(self._line())
        return "\n".join(lines)

    def _data(self) -> list[str]:
        lines: list[str] = []
        while (line := self._line()) != ".":
            lines.append(f"250-{line}")
        return lines

    def _line(self) -> str:
        while b"\r\n" not in self._received:
            more = self._socket.recv(65536)
            if not more:
                msg = "tor closed its control connection"
                raise EOFError(msg)
            self._received += more
        line, _, self._received = self._received.partition(b"\r\n")
        return line.decode("latin-1")

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
