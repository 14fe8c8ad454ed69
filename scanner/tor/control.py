"""The one door to stem: a control connection to tor. It returns our own values, and none where stem raises.

stem is unmaintained, though it drives today's tor: nothing of it leaves this module.
"""

import base64
import os
import queue
import re
import socket
import stat
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

import stem
import stem.connection
import stem.socket
import stem.util.log
from stem.control import Controller, EventType

from config.faults import Fault
from scanner.tor.program import Version

T = TypeVar("T")

Progress = Callable[[str, int], None]
"""Callback with tor's own words for its present step and the percentage of its start."""

WHOLE: Final = 100
_LOOK_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 5.0
_DONE: Final = "2"
"""The first digit of every successful reply (250, 251, 252)."""
_PHASE: Final = re.compile(r"PROGRESS=([0-9]+).*? SUMMARY=\"([^\"]*)\"")
_WARNING: Final = re.compile(r" WARNING=\"([^\"]*)\"")
COOKIE_BYTES: Final = 32
_READABLE: Final = (
    "Let this user read it: `CookieAuthFileGroupReadable 1` in tor's torrc, and this user in tor's group."
)
_WRONG_COOKIE: Final = (stem.connection.IncorrectCookieValue, stem.connection.AuthSecurityFailure)
_ERRORS: Final = (stem.ControllerError, stem.connection.AuthenticationFailure, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class Phase:
    """How far tor's start is, in percent and in its own words; `warning` is empty when all goes well."""

    percent: int
    words: str
    warning: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Tor's own report. Its instants are those of the consensus that it holds, None without one."""

    version: str
    bootstrapped: bool
    circuits_established: bool
    network_live: bool
    valid_after: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Login:
    """How to authenticate: by a password, by a cookie file, or (neither) as tor itself proposes."""

    password: str | None = None
    cookie: Path | None = None


class TorControl:
    """An authenticated control connection. Thread-safe."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._asking = ThreadPoolExecutor(1, thread_name_prefix="tor-facts")
        self._asked: Future[Facts | None] | None = None
        self._late: Future[Facts | None] | None = None
        self._one_question = Lock()

    @property
    def alive(self) -> bool:
        """True while the connection lasts; it ends with tor."""
        return bool(self._controller.is_alive())

    def own(self) -> None:
        """Make tor end when this connection does."""
        self._tell("TAKEOWNERSHIP")

    def phase(self) -> Phase:
        """Return the present phase of tor's start."""
        return read_phase(self._ask("status/bootstrap-phase"))

    def facts(self) -> Facts | None:
        """Return tor's report; None if it does not answer within five seconds.

        While an earlier question is unanswered, return None at once.
        """
        if self._hangs:
            return None
        with self._one_question:
            if self._asked is None or self._asked.done():
                self._asked = self._begin(self._facts)
            asked = self._asked
        if asked is None:
            return None
        try:
            return asked.result(ANSWER_SECONDS)
        except TimeoutError:
            self._late = asked  # stem waits for a tor that hangs as long as it hangs
            return None

    @property
    def _hangs(self) -> bool:
        return self._late is not None and not self._late.done()

    def _facts(self) -> Facts | None:
        version = self._ask("version")
        if not version:
            return None
        return Facts(
            version=str(Version.parse(version) or version),
            bootstrapped=self.phase().percent == WHOLE,
            circuits_established=self._ask("status/circuit-established") == "1",
            network_live=self._ask("network-liveness") == "up",
            valid_after=read_instant(self._ask("consensus/valid-after")),
            valid_until=read_instant(self._ask("consensus/valid-until")),
        )

    def socks_address(self) -> tuple[str, int] | None:
        """Return the address of the first SocksPort; None if there is none."""
        host, _, port = self._ask("net/listeners/socks").split(" ")[0].strip('"').rpartition(":")
        return (host, int(port)) if port.isdigit() else None

    def authorise(self, keys: Mapping[str, bytes], patience_seconds: float = ANSWER_SECONDS) -> bool:
        """Give tor clients' X25519 private keys (32 bytes), by onion service, in memory.

        Return True if tor took them within this time. A hanging tor is not waited for, and receives them once it
        answers.
        """
        told = self._begin(partial(self._authorise, keys))
        try:
            return told is not None and told.result(0 if self._hangs else patience_seconds)
        except TimeoutError:
            return False

    def _authorise(self, keys: Mapping[str, bytes]) -> bool:
        texts = ((service, base64.b64encode(key).decode("ascii")) for service, key in keys.items())
        return all([self._tell(f"ONION_CLIENT_AUTH_ADD {service} x25519:{key}") for service, key in texts])  # noqa: C419 - each is told

    def await_bootstrap(self, seconds: float, progress: Progress) -> Fault | None:
        """Wait until tor has joined its network; return a Fault if that takes longer than allowed."""
        ends, events = time.monotonic() + seconds, queue.SimpleQueue[object]()
        self._controller.add_event_listener(events.put, EventType.STATUS_CLIENT)
        phase = self.phase()
        while phase.percent < WHOLE:
            progress(phase.words, phase.percent)
            if not self.alive or time.monotonic() > ends:
                return _not_bootstrapped(phase, seconds, alive=self.alive)
            _wait(events)
            phase = self.phase()
        self._controller.remove_event_listener(events.put)
        progress(phase.words, WHOLE)
        return None

    def close(self) -> None:
        """End the connection, and an owned tor with it."""
        self._controller.close()
        self._asking.shutdown()

    def _begin(self, what: Callable[[], T]) -> Future[T] | None:
        """Run a question in the one thread that talks to tor; return None once the connection is closed."""
        with suppress(RuntimeError):
            return self._asking.submit(what)
        return None

    def _ask(self, what: str) -> str:
        """Return the answer to a GETINFO; empty if there is none."""
        try:
            return str(self._controller.get_info(what, ""))
        except _ERRORS:
            return ""

    def _tell(self, command: str) -> bool:
        try:
            return all(code.startswith(_DONE) for code, _, _ in self._controller.msg(command).content())
        except _ERRORS:
            return False


class _Port(stem.socket.ControlPort):  # type: ignore[misc] # stem has no types
    """A control port that closes its socket if nothing listens; stem's own leaves it open."""

    def _make_socket(self) -> socket.socket:
        try:
            made = socket.create_connection((self.address, self.port), ANSWER_SECONDS)
        except OSError as error:
            raise stem.SocketError(error) from None
        made.settimeout(None)
        return made


def connect(host: str, port: int, login: Login) -> TorControl | Fault:
    """Open a control connection to a tor of this machine."""
    stem.util.log.get_logger().setLevel("CRITICAL")  # it would log commands, with addresses and keys
    where = f"the control port {host}:{port}"
    fault = _unanswered(host, port, where) or (_cookie_fault(login.cookie) if login.cookie is not None else None)
    if fault is not None:
        return fault
    try:
        controller = Controller(_Port(host, port))
    except stem.SocketError:
        return _nobody(where)
    try:
        _authenticate(controller, login)
    except (TypeError, *_ERRORS) as error:
        controller.close()
        return _refusal(error, where, login)
    return TorControl(controller)


def _refusal(error: Exception, where: str, login: Login) -> Fault:
    """Return the Fault for a control port that refused our login."""
    if isinstance(error, TypeError):  # stem's own word for an answer that is none of a control port
        return Fault(where, "does not answer as tor's does", "Correct `tor.control`.")
    if isinstance(error, _WRONG_COOKIE):
        fix = "Name the file that this very tor wrote when it started (its torrc's `CookieAuthFile`)."
        return Fault(_cookie(login.cookie), f"is not that of {where}", fix)
    if isinstance(error, stem.connection.IncorrectPassword):
        fix = "Let the file hold the password whose hash is that tor's `HashedControlPassword`."
        return Fault("tor.control_password_file", f"holds a password that {where} does not accept", fix)
    files = "its cookie file (`tor.control_cookie`, readable by this user) or its password file"
    return Fault(where, "does not accept us", f"Name {files}; and see whether `tor.control` is its control port.")


def _nobody(where: str) -> Fault:
    return Fault(where, "does not answer", "Start tor, or correct `tor.control`.")


def _unanswered(host: str, port: int, where: str) -> Fault | None:
    """Return True if nothing listens, or accepts and stays silent: stem would wait for ever."""
    try:
        with socket.create_connection((host, port), ANSWER_SECONDS) as stream:
            stream.sendall(b"PROTOCOLINFO 1\r\n")
            stream.recv(1)
    except TimeoutError:
        cause = f"takes connections, and says nothing for {ANSWER_SECONDS:.0f} s"
        return Fault(where, cause, "Start that tor again, or correct `tor.control`.")
    except OSError:
        return _nobody(where)
    return None


def _cookie(path: Path | None) -> str:
    return f"the control cookie {path or 'that tor names'}"


def _cookie_fault(path: Path) -> Fault | None:
    """Return the Fault of a control cookie's file; it may still hold a wrong cookie."""
    name, name_it = _cookie(path), "Name tor's cookie file (its torrc's `CookieAuthFile`) in `tor.control_cookie`."
    try:
        found = path.stat()
    except FileNotFoundError:
        return Fault(name, "is not there", f"{name_it} Tor writes it with `CookieAuthentication 1`.")
    except OSError as error:
        return Fault(name, f"cannot be reached ({error.strerror})", _READABLE)
    if stat.S_ISDIR(found.st_mode):
        return Fault(name, "is a directory", name_it)
    if found.st_size != COOKIE_BYTES:
        return Fault(name, f"holds {found.st_size} bytes, where a control cookie has {COOKIE_BYTES}", name_it)
    return None if os.access(path, os.R_OK) else Fault(name, "cannot be read by this user", _READABLE)


def _authenticate(controller: Controller, login: Login) -> None:
    if login.cookie is not None:
        stem.connection.authenticate_safecookie(controller, str(login.cookie))
    else:
        controller.authenticate(password=login.password)


def read_phase(text: str) -> Phase:
    """Reads `NOTICE BOOTSTRAP PROGRESS=45 TAG=... SUMMARY="..." WARNING="..."`, as tor writes it."""
    found, warning = _PHASE.search(text), _WARNING.search(text)
    if found is None:
        return Phase(0, "starting", "")
    return Phase(int(found[1]), found[2], warning[1] if warning else "")


def read_instant(text: str) -> datetime | None:
    """Reads `2026-11-23 18:00:00`, which is UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _wait(events: "queue.SimpleQueue[object]") -> None:
    """Wait until tor reports its state, or for half a second (it may have died silently)."""
    try:
        events.get(timeout=_LOOK_SECONDS)
    except queue.Empty:
        return


def _not_bootstrapped(phase: Phase, seconds: float, *, alive: bool) -> Fault:
    stands = f"it stands at {phase.percent} % ({phase.words})"
    warning = f"; tor says: {phase.warning}" if phase.warning else ""
    if not alive:
        return Fault("tor", f"ended while it started: {stands}{warning}", "Start again; if it recurs, see its version.")
    fix = "See whether this machine reaches the internet and its clock is right; bridges go into `tor.torrc_extra`."
    return Fault("tor", f"did not join its network within {seconds:.0f} s: {stands}{warning}", fix)
