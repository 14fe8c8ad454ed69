"""The port to one exchange with an onion service. The real fetcher and the simulator pass the same contract suite."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from scanner.authority.permit import Permit
from scanner.exchange.cookies import Jar
from scanner.exchange.failure import FailureCause
from scanner.exchange.validators import NO_VALIDATORS, Validators


@dataclass(frozen=True, slots=True)
class Budget:
    """What one exchange may cost: one deadline and one byte budget for everything that comes in, headers included."""

    seconds: float
    untrusted_bytes: int


@dataclass(frozen=True, slots=True)
class Response:
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

    cause: FailureCause
    started: datetime
    ended: datetime
    received_bytes: int = 0
    socks_reply: int | None = None


class Fetcher(Protocol):
    """One exchange with one onion service. Safe to call from several threads."""

    def get(
        self, permit: Permit, budget: Budget, jar: Jar | None = None, known: Validators = NO_VALIDATORS
    ) -> Response | Failed:
        """GET the permit's URL through tor. Follows nothing, keeps nothing, never raises for what a site does.

        With a jar, the visit's cookies for this host are sent, and those of the answer are put into it. With
        validators, the answer may be 304, without a body; a 304 that nobody asked for is a malformed reply.
        """
        ...

    def forget(self, address: str) -> None:
        """End what is kept open for this site: its connections and its circuit's credentials."""
        ...
