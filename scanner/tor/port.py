"""The port to tor: the way through it, and its health. The real ones and the simulator pass the same contract suite."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from reports.sighting import ClockReading, Gating
from scanner.exchange.route import Route


@dataclass(frozen=True, slots=True)
class TorHealth:
    """How our own tor was at an instant."""

    version: str
    running: bool
    bootstrapped: bool
    circuits_established: bool
    network_live: bool
    """True if tor has heard from its network recently."""
    clock: ClockReading

    @property
    def healthy(self) -> bool:
        """True if a failure may be blamed on a site."""
        return self.running and self.bootstrapped and self.circuits_established and self.network_live


class Tor(Route, Protocol):
    """One tor process: the route through it, and its health."""

    def of(self, address: str) -> Self:
        """Return this tor: a single tor serves every address."""
        ...

    def health(self) -> TorHealth:
        """Return tor's present health. Never raise; a tor that does not answer is not running."""
        ...


class Tors(Protocol):
    """The tors that sites are visited through: several of our own, or one that runs already."""

    @property
    def gate(self) -> Gating:
        """Whether these tors refuse addresses that are not listed."""
        ...

    def of(self, address: str) -> Tor:
        """Return the tor that serves a site."""
        ...

    def recent_health(self) -> TorHealth:
        """Return at once the latest health of the first unhealthy tor, else of the first.

        A hanging tor is not running.
        """
        ...

    def healthy_now(self) -> Callable[[str], bool]:
        """Return a function that says at once whether an address's tor is healthy."""
        ...
