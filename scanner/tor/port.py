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
    """Whether it has heard from its network lately."""
    clock: ClockReading

    @property
    def healthy(self) -> bool:
        """Whether a failure may be laid at a site's door."""
        return self.running and self.bootstrapped and self.circuits_established and self.network_live


class Tor(Route, Protocol):
    """One tor process: the way through it, and what it says of itself."""

    def of(self, address: str) -> Self:
        """Itself, whatever the address: one tor is a way to all of them."""
        ...

    def health(self) -> TorHealth:
        """How tor is now. Never raises; a tor that does not answer is not running."""
        ...


class Tors(Protocol):
    """The tors that sites are visited through: several of our own, or one that runs already."""

    @property
    def gate(self) -> Gating:
        """Whether they refuse by themselves what is not listed."""
        ...

    def of(self, address: str) -> Tor:
        """The tor that a site belongs to."""
        ...

    def lately(self) -> TorHealth:
        """That of the first which was not well a moment ago, if any. At once; one that hangs is not running."""
        ...

    def well_now(self) -> Callable[[str], bool]:
        """Tells of an address whether its tor is well. At once, as `lately`."""
        ...
