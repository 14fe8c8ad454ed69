"""The ports through which a visit reaches the world. The real ones and the simulators pass the same contract suites."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

from reports.sighting import ClockReading, Gating
from scanner.authority.permit import Permit
from scanner.fetch.causes import Cause
from scanner.fetch.cookies import Jar
from scanner.fetch.route import Route
from scanner.fetch.validators import NO_VALIDATORS, Validators
from scanner.page.content import PageContent, PictureRef

__all__ = [
    "Answer",
    "Budget",
    "Failed",
    "Fetcher",
    "Jar",
    "PageContent",
    "PageReader",
    "PictureRef",
    "Tor",
    "TorHealth",
    "Tors",
    "Unreadable",
    "Validators",
]


@dataclass(frozen=True, slots=True)
class Budget:
    """What one exchange may cost: one deadline and one byte budget for everything that comes in, headers included."""

    seconds: float
    untrusted_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer, of whatever status. It was not redirected: `location` is for the caller to judge.

    `untrusted_body` is decoded (bounded) and lives in memory only: its `repr` is left out so that no log line,
    traceback or assertion can hold it. `complete` is False when the connection gave no proof that the body was whole,
    though our own tor was well.
    """

    status: int
    untrusted_content_type: str
    untrusted_location: str
    untrusted_body: bytes = field(repr=False)
    complete: bool
    started: datetime
    ended: datetime
    received_bytes: int
    validators: Validators = NO_VALIDATORS
    """Checked for their form; what they say is the site's word."""
    untrusted_refresh: str = ""
    untrusted_link: str = ""
    """Headers by which an answer names pages and pictures beside its body."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer. `cause` is the whole story that may be logged; no text of the failure is kept.

    `socks_reply` is tor's reply code where there was one (0x01 to 0x08, 0xF0 to 0xF7), else None.
    """

    cause: Cause
    started: datetime
    ended: datetime
    received_bytes: int = 0
    socks_reply: int | None = None


class Fetcher(Protocol):
    """One exchange with one onion service. Safe to call from several threads."""

    def get(
        self, permit: Permit, budget: Budget, jar: Jar | None = None, known: Validators = NO_VALIDATORS
    ) -> Answer | Failed:
        """GET the permit's URL through tor. Follows nothing, keeps nothing, never raises for what a site does.

        With a jar, the visit's cookies for this host are sent, and those of the answer are put into it. With
        validators, the answer may be 304, without a body; a 304 that nobody asked for is a malformed reply.
        """
        ...

    def forget(self, address: str) -> None:
        """End what is kept open for this site: its connections and its circuit's credentials."""
        ...


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


class PageReader(Protocol):
    """The port to the confined worker that reads pages. Safe to call from several threads."""

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> "PageContent | Unreadable":
        """Links, pictures and notes of one page at `url`. Never raises for anything the bytes may do."""
        ...

    def alone(self) -> AbstractContextManager["PageReader"]:
        """A reader for one site: what its pages leave in a worker's memory never meets another's."""
        ...

    def close(self) -> None:
        """End the worker processes."""
        ...


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A page that could not be read; `cause` is from a closed list: `worker killed`, `time limit`, `too large`."""

    cause: str
