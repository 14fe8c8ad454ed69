"""The port to one exchange with an onion service. The real fetcher and the simulator pass the same contract suite."""

from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final, NamedTuple, Protocol

from scanner.authority.permit import Permit
from scanner.exchange.cookies import Jar
from scanner.exchange.failure import FailureCause
from scanner.exchange.validators import NO_VALIDATORS, Validators


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of one exchange: one deadline, and one byte budget for all that arrives, headers included."""

    seconds: float
    untrusted_bytes: int


ANSWERED: Final = "answered"


class ExchangeHead(NamedTuple):
    """The end of an exchange without its body: all that the log holds. `outcome` is `answered` or a cause."""

    outcome: str
    status: int
    received_bytes: int
    started: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class Response:
    """A whole HTTP response, of any status. Redirects are not followed: the caller judges `untrusted_location`.

    `untrusted_body` is decoded (bounded) and lives in memory only; it has no `repr`, so that no log line, traceback or
    assertion can hold it. `complete` is False if the connection did not prove that the body was whole, though our own
    tor was well.
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
    """Headers by which a response names further pages and pictures."""
    untrusted_retry_after: str = ""

    @property
    def head(self) -> ExchangeHead:
        """The answer without its body."""
        return ExchangeHead(ANSWERED, self.status, self.received_bytes, self.started, self.ended)

    @property
    def lasting_validators(self) -> Validators:
        """The validators, if they stand for a whole body."""
        return self.validators if self.status == HTTPStatus.OK and self.complete else NO_VALIDATORS


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable response. Only `cause` may be logged; no text of the failure is kept.

    `socks_reply` is tor's reply code if there was one (0x01 to 0x08, 0xF0 to 0xF7), else None.
    """

    cause: FailureCause
    started: datetime
    ended: datetime
    received_bytes: int = 0
    socks_reply: int | None = None

    @property
    def head(self) -> ExchangeHead:
        """The failure as the log holds it."""
        return ExchangeHead(self.cause.value, 0, self.received_bytes, self.started, self.ended)


class Fetcher(Protocol):
    """One exchange with one onion service. Safe to call from several threads."""

    def get(
        self, permit: Permit, budget: Budget, jar: Jar | None = None, known: Validators = NO_VALIDATORS
    ) -> Response | Failed:
        """GET the permit's URL through tor. Follow and keep nothing; never raise for anything a site does.

        A jar sends the visit's cookies for this host and takes those of the response. With validators, the response may
        be 304, without a body; a 304 without validators is a malformed reply.
        """
        ...

    def forget(self, address: str) -> None:
        """Close this site's connections and drop its circuit's credentials."""
        ...
