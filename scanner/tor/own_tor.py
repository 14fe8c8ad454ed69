"""Our own tor, from its start to its end: owned, gated, and restarted when it dies or hangs.

Rules:
- It is ready when it has joined its network; until then, and while it is down, it has no SocksPort.
- With a gate, a tor that loses its gate attaches nothing; it is then ended and restarted.
- A tor that has not answered its control port for a minute is killed and restarted, like one that died.
- Clients' authorisation keys live in memory only, ours and tor's, and each started tor receives them.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from config.clock import Clock, utc_now
from config.faults import Fault, Refused
from reports.files import private_directory
from reports.sighting import ClockReading, Gating
from scanner.exchange.active_credentials import ActiveCredentials
from scanner.exchange.failure import FailureCause
from scanner.exchange.socks import Credentials
from scanner.tor.client_keys import ClientKeys
from scanner.tor.control import ANSWER_SECONDS, Facts, Login, Progress, TorControl, connect
from scanner.tor.health_check import Pulse
from scanner.tor.port import TorHealth
from scanner.tor.process import TorProcess
from scanner.tor.program import find_program, tor_version
from scanner.tor.stream_gate import Allowed, Gate, Shut, StreamPolicy
from scanner.tor.torrc import faults_of_extra, torrc

CONTROL_SECONDS: Final = 30.0
_FIRST_WAIT_SECONDS: Final = 1.0
_LONGEST_WAIT_SECONDS: Final = 60.0
UNCHECKED_CLOCK: Final = ClockReading("system clock, not checked: no tor consensus", None)


@dataclass(frozen=True, slots=True)
class OwnTor:
    """The settings that our own tor is started with.

    `torrc_extra` are added lines, from the file `torrc_extra_name`. `allowed` decides for the gate; None: no gate.
    `asked` holds the active credentials of our fetchers, `shut` counts refused streams over all restarts; a copy for
    another tor has its own. A tor that does not answer for `seconds_to_answer` is restarted.
    """

    data_directory: Path
    allowed: Allowed | None
    program: Path | None = None
    torrc_extra: str = ""
    torrc_extra_name: str = "tor.torrc_extra"
    seconds_to_bootstrap: float = 300.0
    seconds_to_answer: float = 60.0
    asked: ActiveCredentials = field(default_factory=ActiveCredentials, init=False)
    shut: Counter[Shut] = field(default_factory=Counter, init=False)

    def refused_streams(self) -> dict[str, int]:
        """Return the number of streams that its gate refused, by reason; empty without a gate."""
        return {why.value: self.shut[why] for why in Shut} if self.allowed is not None else {}


@dataclass(frozen=True, slots=True)
class _TorProcess:
    """One tor process with what hangs on it."""

    process: TorProcess
    control: TorControl
    gate: Gate | None
    socks: tuple[str, int]
    pulse: Pulse

    def end(self) -> None:
        """End the process and close what hangs on it."""
        self.process.stop()
        if self.gate is not None:
            self.gate.close()
        self.pulse.stop()
        self.control.close()


class RunningTor:
    """Our own tor. Thread-safe."""

    def __init__(self, own: OwnTor, program: Path, life: _TorProcess, version: str, clock: Clock) -> None:
        self.version = version
        self._own = own
        self._program = program
        self._life: _TorProcess | None = life
        self._clock = clock
        self._keys = ClientKeys()
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep_alive, args=(life,), name="tor-keeper", daemon=True)
        self._keeper.start()

    def of(self, address: str) -> Self:  # noqa: ARG002 - several tors have the same face
        """Return this tor, whatever the address."""
        return self

    def health(self) -> TorHealth:
        """Return tor's present health. A tor without its gate is not running."""
        life = self._life
        return health_of(life.pulse.now() if life is not None else None, self.version, self._clock)

    def recent_health(self) -> TorHealth:
        """Return the latest health at once; not running if tor has been silent for some seconds."""
        life = self._life
        return health_of(life.pulse.recent_health() if life is not None else None, self.version, self._clock)

    def socks_address(self) -> tuple[str, int] | None:
        """Return the present address of the SocksPort; None while tor is down."""
        life = self._life
        return life.socks if life is not None else None

    def registered(self, address: str, credentials: Credentials) -> AbstractContextManager[None]:
        """Let these credentials through the gate to this address while the block lasts."""
        return self._own.asked.registered(address, credentials)

    def stream_cause(self, source_port: int) -> FailureCause | None:
        """Return tor's cause for the end of the stream from this local port."""
        life = self._life
        return life.gate.cause(source_port) if life is not None and life.gate is not None else None

    def ready(self) -> bool:
        """Return True if tor can build circuits now."""
        return self.health().healthy

    @property
    def gate(self) -> Gating:
        """Whether tor itself refuses addresses that are not listed. While it is down it refuses everything."""
        return Gating.INSIDE_TOR if self._own.allowed is not None else Gating.OFF

    def refused_streams(self) -> dict[str, int]:
        """Return the number of refused streams, as `OwnTor.refused_streams` does."""
        return self._own.refused_streams()

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        life = self._life
        return life.process.pid if life is not None else None

    def authorise(self, address: str, key: str, patience_seconds: float = ANSWER_SECONDS) -> bool:
        """Give tor the client's key (x25519, base32 as in `.auth_private` files) for an address.

        Return True if tor took it within this time. A tor that hangs or is down receives it later.
        """
        one, life = self._keys.add(address, key), self._life
        return life is not None and life.control.authorise(one, patience_seconds)

    @property
    def data_directory(self) -> Path:
        """The directory in which tor keeps its guards and its view of the network."""
        return self._own.data_directory

    @property
    def keys(self) -> dict[str, bytes]:
        """The clients' keys that it was given, by service."""
        return self._keys.all

    def adopt(self, keys: Mapping[str, bytes]) -> None:
        """Give it keys that another tor was given."""
        self._keys.adopt(keys)
        if (life := self._life) is not None:
            life.control.authorise(keys)

    def stop(self) -> None:
        """End tor, by force if it hangs, and wait for it. Idempotent."""
        self._stopping.set()
        life = self._life
        if life is not None:
            life.process.stop()
        self._keeper.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _keep_alive(self, life: _TorProcess | None) -> None:
        """Restart tor whenever it ends, until it is to stop. Runs in its own thread."""
        wait = _FIRST_WAIT_SECONDS
        while True:
            if life is not None:
                life.process.wait()
                self._life = None
                life.end()
                wait = _FIRST_WAIT_SECONDS
            if self._stopping.wait(wait):
                return
            life = self._revive()
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    def _revive(self) -> _TorProcess | None:
        try:
            life = _started(self._own, self._program, self._unless_stopping)
        except _StartCancelled:
            return None
        if isinstance(life, Fault):
            return None
        life.control.authorise(self._keys.all)
        self._life = life
        life.control.authorise(self._keys.all)  # any that came meanwhile was told to nobody
        if self._stopping.is_set():
            life.process.stop()
        return life

    def _unless_stopping(self, _words: str, _percent: int) -> None:
        """Cancel a start once tor is to stop."""
        if self._stopping.is_set():
            raise _StartCancelled


class _StartCancelled(Exception):  # noqa: N818 - no error
    """The start of a tor is broken off, because it is to stop."""


def start_tor(own: OwnTor, progress: Progress, clock: Clock = utc_now) -> RunningTor | Refused:
    """Start our own tor and wait until it has joined its network, or return every Fault that prevents it."""
    program = find_program(own.program)
    version = program if isinstance(program, Fault) else tor_version(program)
    directory = private_directory(own.data_directory)
    faults = [fault for fault in (program, version) if isinstance(fault, Fault)][:1]
    faults += [*faults_of_extra(own.torrc_extra, own.torrc_extra_name), *(directory.faults if directory else ())]
    if faults or isinstance(program, Fault) or isinstance(version, Fault):
        return Refused(tuple(faults))
    life = _started(own, program, progress)
    return Refused((life,)) if isinstance(life, Fault) else RunningTor(own, program, life, str(version), clock)


def _started(own: OwnTor, program: Path, progress: Progress) -> _TorProcess | Fault:
    configuration = torrc(own.data_directory, gated=own.allowed is not None, extra=own.torrc_extra)
    process = TorProcess(program, own.data_directory, configuration)
    life = None
    hangs = threading.Timer(CONTROL_SECONDS + own.seconds_to_bootstrap + own.seconds_to_answer, process.kill)
    hangs.daemon = True
    hangs.start()
    try:
        life = _taken_over(own, process, progress)
        return life
    finally:
        hangs.cancel()
        if not isinstance(life, _TorProcess):
            process.stop()


def _taken_over(own: OwnTor, process: TorProcess, progress: Progress) -> _TorProcess | Fault:
    port = process.control_port(CONTROL_SECONDS)
    control = port if isinstance(port, Fault) else connect("127.0.0.1", port, Login())
    if isinstance(port, Fault) or isinstance(control, Fault):
        return port if isinstance(port, Fault) else process.fault("started, but did not let us control it")
    life = _gated_and_bootstrapped(own, process, control, port, progress)
    if isinstance(life, Fault):
        control.close()
    return life


def _gated_and_bootstrapped(
    own: OwnTor, process: TorProcess, control: TorControl, port: int, progress: Progress
) -> _TorProcess | Fault:
    control.own()
    fault = control.await_bootstrap(own.seconds_to_bootstrap, progress)
    if fault is not None:
        return fault
    socks = control.socks_address()
    if socks is None:
        return process.fault("opened no SocksPort")
    try:
        gate = _gate(own, process, port)
    except OSError:
        return process.fault("does not let its streams be judged")
    return _TorProcess(process, control, gate, socks, _pulse(own, process, control, gate))


def _pulse(own: OwnTor, process: TorProcess, control: TorControl, gate: Gate | None) -> Pulse:
    def facts() -> Facts | None:
        return control.facts() if gate is None or gate.watching else None

    def silent(seconds: float) -> None:
        if seconds >= own.seconds_to_answer:
            process.kill()

    return Pulse(facts, silent)


def _gate(own: OwnTor, process: TorProcess, port: int) -> Gate | None:
    cookie = own.data_directory / "control_auth_cookie"
    if own.allowed is None:
        return None
    return Gate(port, cookie, StreamPolicy(own.allowed, own.asked, own.shut), ended=process.ask_to_end)


def health_of(facts: Facts | None, version: str, clock: Clock) -> TorHealth:
    """Return the health that tor's facts imply (None: it does not answer)."""
    if facts is None:
        return TorHealth(
            version,
            running=False,
            bootstrapped=False,
            circuits_established=False,
            network_live=False,
            clock=UNCHECKED_CLOCK,
        )
    return TorHealth(
        version=facts.version,
        running=True,
        bootstrapped=facts.bootstrapped,
        circuits_established=facts.circuits_established,
        network_live=facts.network_live,
        clock=clock_reading(facts, clock),
    )


def clock_reading(facts: Facts, clock: Clock) -> ClockReading:
    """Our clock held against the consensus: 0.0 within its time, else how far before (negative) or behind it."""
    if facts.valid_after is None or facts.valid_until is None:
        return UNCHECKED_CLOCK
    now = clock()
    early, late = (now - facts.valid_after).total_seconds(), (now - facts.valid_until).total_seconds()
    return ClockReading("system clock, held against the tor consensus", min(0.0, early) + max(0.0, late))
