"""The gate inside tor: with `__LeaveStreamsUnattached 1` tor attaches a stream only when this connection says so.

Rules:
- A stream is attached only if its onion address is allowed at that moment and a fetcher of ours uses exactly that
  address with the stream's SOCKS credentials. Another process that finds the SocksPort reaches nothing.
- Any other stream is closed (SOCKS reply 0x02), and so is one without credentials in tor's event.
- It fails closed: without the gate, tor's streams wait until they time out.
- Tor's own streams (directory requests) never wait for it.
- The end of a stream is remembered for a while by its local port: SOCKS reply 0x01 alone does not distinguish a lost
  circuit from a server that is down.

A bare control connection (control-spec.txt, 3.2, 3.14, 4.1.2), because each stream waits for it: one thread, no queue.
"""

import re
import socket
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from scanner.exchange.active_credentials import ActiveCredentials
from scanner.exchange.failure import FailureCause
from scanner.exchange.socks import Credentials

Allowed = Callable[[str], bool]
"""Whether an onion address (56 characters and `.onion`) may be visited now."""

_STREAM: Final = re.compile(r"650 STREAM ([0-9]+) ([A-Z_]+) \S+ (\S*)(.*)")
_ONION: Final = re.compile(r"(?:[a-z0-9-]+\.)*([a-z2-7]{56}\.onion):[0-9]+")
_CREDENTIALS: Final = re.compile(r' SOCKS_USERNAME="([^"\\]+)" SOCKS_PASSWORD="([^"\\]+)"')
"""Tor writes ours in quotes with nothing to escape. Escaped credentials are not ours."""
_SOURCE: Final = re.compile(r" SOURCE_ADDR=\S*:([0-9]+)(?: |$)")
_WAITING: Final = "CONTROLLER_WAIT"
"""The states of a stream that waits for us. DETACHED is not among them: it precedes one when a circuit is lost, and
attaching a stream under way would take it off its circuit. Every event of a stream names its credentials.
"""
_OVER: Final = frozenset({"FAILED", "CLOSED"})
_FORBIDDEN: Final = 4
"""The stream end reason `EXITPOLICY`, which tor turns into SOCKS reply 0x02 (not allowed by the rules)."""
_TOLD_SECONDS: Final = 0.25
_ENDINGS_KEPT: Final = 1000
_STREAMS_KEPT: Final = 4000


class Shut(StrEnum):
    """Why a stream was not attached."""

    NOT_LISTED = "not listed"
    NOT_OURS = "not asked for by the scanner"


class Gate:
    """Decides about every stream of one tor, in its own thread, until tor ends or `close` is called.

    `ended` is called when it stops deciding. Raise OSError if tor refuses the connection.
    """

    def __init__(self, control_port: int, cookie: Path, judge: "StreamPolicy", ended: Callable[[], None]) -> None:
        self._judge = judge
        self._told = threading.Condition()
        self._ended = ended
        self._socket = socket.create_connection(("127.0.0.1", control_port), timeout=10)
        self._lines = self._socket.makefile("r", encoding="latin-1", newline="\r\n")
        self._command(f"AUTHENTICATE {cookie.read_bytes().hex()}")
        self._command("SETEVENTS STREAM")
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._watch, name="tor-gate", daemon=True)
        self._thread.start()

    @property
    def watching(self) -> bool:
        """Whether streams are still judged. If not, none is attached."""
        return self._thread.is_alive()

    def cause(self, source_port: int) -> FailureCause | None:
        """Return tor's reason why the stream from this local port failed, if known; it may arrive a moment later."""
        with self._told:
            self._told.wait_for(lambda: source_port in self._judge.causes, _TOLD_SECONDS)
            return self._judge.causes.get(source_port)

    def close(self) -> None:
        """Judge no more."""
        with suppress(OSError):  # tor may have ended first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._lines.close()
        self._socket.close()

    def _command(self, command: str) -> None:
        """Raises OSError when tor does not accept it."""
        self._socket.sendall(f"{command}\r\n".encode("ascii"))
        if not self._lines.readline().startswith("250 "):
            msg = "tor refused a command of the gate"
            raise OSError(msg)

    def _watch(self) -> None:
        try:
            for line in self._lines:
                with self._told:
                    command = self._judge.answer(line)
                    self._told.notify_all()
                if command:
                    self._socket.sendall(command)
        except OSError:
            return  # the connection is gone: tor attaches nothing more
        finally:
            self._ended()


class StreamPolicy:
    """Decides about tor's stream events, and counts in `shut` the streams that it refuses. Pure but for its memory."""

    def __init__(self, allowed: Allowed, asked: ActiveCredentials, shut: Counter[Shut]) -> None:
        self._allowed = allowed
        self._asked = asked
        self._shut = shut
        self._sources: OrderedDict[str, int] = OrderedDict()
        self.causes: OrderedDict[int, FailureCause] = OrderedDict()

    def answer(self, line: str) -> bytes:
        """Return the command that answers an event; empty for none."""
        event = _STREAM.match(line.rstrip())
        if event is None:
            return b""
        stream, state, target, more = event.groups()
        if state == "NEW":
            self._remember_source(stream, more)
        elif state in _OVER:
            self._remember_cause(stream, more)
        return self._judged(stream, target, more) if state == _WAITING else b""

    def _judged(self, stream: str, target: str, more: str) -> bytes:
        shut = self._why_shut(target, more)
        if shut is None:
            return f"ATTACHSTREAM {stream} 0\r\n".encode("ascii")
        self._shut[shut] += 1
        return f"CLOSESTREAM {stream} {_FORBIDDEN}\r\n".encode("ascii")

    def _why_shut(self, target: str, more: str) -> Shut | None:
        onion = _ONION.fullmatch(target.lower())
        if onion is None or not self._allowed(onion[1]):
            return Shut.NOT_LISTED
        credentials = _CREDENTIALS.search(more)
        if credentials is None:
            return Shut.NOT_OURS
        used = Credentials(credentials[1].encode("latin-1"), credentials[2].encode("latin-1"))
        return None if self._asked.contains(onion[1], used) else Shut.NOT_OURS

    def _remember_source(self, stream: str, more: str) -> None:
        source = _SOURCE.search(more)
        if source is not None:
            self._sources[stream] = int(source[1])
            self.causes.pop(int(source[1]), None)
            if len(self._sources) > _STREAMS_KEPT:
                self._sources.popitem(last=False)

    def _remember_cause(self, stream: str, more: str) -> None:
        source, cause = self._sources.pop(stream, None), _cause(more)
        if source is not None and cause is not None:
            self.causes[source] = cause
            if len(self.causes) > _ENDINGS_KEPT:
                self.causes.popitem(last=False)


def _cause(more: str) -> FailureCause | None:
    """Return the cause from the other end (REMOTE_REASON) or a destroyed circuit (control-spec.txt, 4.1.2)."""
    if "REMOTE_REASON=MISC" in more:
        return FailureCause.BACKEND_DOWN
    if "REMOTE_REASON=DONE" in more:
        return FailureCause.PORT_CLOSED
    if "REASON=DESTROY" in more:
        return FailureCause.CIRCUIT_LOST
    return None
