"""A tor that runs already and is not ours: used, but never owned, changed or ended.

It has no gate, because others may use it too; every record states that. Its version must still be new enough.
"""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from threading import Lock
from typing import Final, Self

from config.clock import Clock, utc_now
from config.faults import Fault, Refused
from reports.sighting import Gating
from scanner.exchange.failure import FailureCause
from scanner.exchange.socks import Credentials, greet
from scanner.tor.client_keys import ClientKeys
from scanner.tor.control import ANSWER_SECONDS, Facts, Login, TorControl, connect
from scanner.tor.health_check import Pulse
from scanner.tor.own_tor import health_of
from scanner.tor.port import TorHealth
from scanner.tor.program import Version, too_old

SOCKS_SECONDS: Final = 10.0
"""How long a SocksPort may take to greet us."""


@dataclass(frozen=True, slots=True)
class RunningElsewhere:
    """Where the running tor is: numeric addresses and ports, and how to log in to its control port."""

    socks: tuple[str, int]
    control: tuple[str, int]
    login: Login


class ExternalTor:
    """A running tor of somebody else, with the interface of `RunningTor`. Thread-safe."""

    gate = Gating.NOT_OURS

    def __init__(self, where: RunningElsewhere, control: TorControl, version: str, clock: Clock) -> None:
        self.version = version
        self._where = where
        self._control: TorControl = control
        self._clock = clock
        self._connecting = Lock()
        self._keys = ClientKeys()
        self._pulse = Pulse(self._facts)

    def of(self, address: str) -> Self:  # noqa: ARG002 - several tors have the same face
        """Return this tor, whatever the address."""
        return self

    def healthy_now(self) -> Callable[[str], bool]:
        """Return a function that says whether an address's tor is healthy."""
        well = self.recent_health().healthy
        return lambda _address: well

    def refused_streams(self) -> dict[str, int]:
        """Return nothing: there is no gate."""
        return {}

    def health(self) -> TorHealth:
        """Return tor's present health; reconnect a broken control connection."""
        return health_of(self._pulse.now(), self.version, self._clock)

    def recent_health(self) -> TorHealth:
        """Return the latest health, at once."""
        return health_of(self._pulse.recent_health(), self.version, self._clock)

    def socks_address(self) -> tuple[str, int] | None:
        """Return the SocksPort's address; None after a restart until tor knows our keys again."""
        return self._where.socks if self._control.alive else None

    def registered(self, address: str, credentials: Credentials) -> AbstractContextManager[None]:  # noqa: ARG002 - the port's
        """Do nothing: there is no gate."""
        return nullcontext()

    def stream_cause(self, source_port: int) -> FailureCause | None:  # noqa: ARG002 - the port's signature
        """Unknown: its streams are not ours to watch."""
        return None

    def ready(self) -> bool:
        """Return True if tor can build circuits now."""
        return self.health().healthy

    def authorise(self, address: str, key: str, patience_seconds: float = ANSWER_SECONDS) -> bool:
        """Give tor clients' keys, as `RunningTor.authorise` does."""
        one = self._keys.add(address, key)
        return self._control.authorise(one, patience_seconds)

    def stop(self) -> None:
        """Disconnect. Tor keeps running."""
        self._pulse.stop()
        self._control.close()

    def _facts(self) -> Facts | None:
        with self._connecting:
            if not self._control.alive:
                self._connect_again()
        return self._control.facts()

    def _connect_again(self) -> None:
        """Reconnect and send the clients' keys: tor was probably restarted and lost them."""
        again = connect(*self._where.control, self._where.login)
        if isinstance(again, Fault):
            return
        again.authorise(self._keys.all)
        before, self._control = self._control, again
        again.authorise(self._keys.all)  # any that came meanwhile was told to nobody
        before.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def attach_tor(where: RunningElsewhere, clock: Clock = utc_now) -> ExternalTor | Refused:
    """Use the tor that runs there, if it lets us, is new enough, and has joined its network."""
    control = connect(*where.control, where.login)
    if isinstance(control, Fault):
        return Refused((control,))
    facts = control.facts()
    version = Version.parse(facts.version) if facts is not None else None
    place = f"the running tor at {where.control[0]}:{where.control[1]}"
    if facts is None or version is None:
        control.close()
        return Refused((Fault(place, "does not say its version", "Start it again, or let Sightline start its own."),))
    fault = too_old(version, place)
    if fault is None and not facts.bootstrapped:
        fault = Fault(place, "has not joined its network yet", "Wait until it has, or see its own log.")
    fault = fault or _no_socks_port(where.socks)
    if fault is not None:
        control.close()
        return Refused((fault,))
    return ExternalTor(where, control, facts.version, clock)


def _no_socks_port(address: tuple[str, int]) -> Fault | None:
    """Return the Fault of a tor without a SocksPort: every site would seem not to answer."""
    try:
        with socket.create_connection(address, SOCKS_SECONDS) as stream:
            greet(stream)
    except OSError:
        where = f"the SocksPort {address[0]}:{address[1]}"
        return Fault(where, "does not answer as tor's does", "Start tor, or correct `tor.socks`.")
    return None
