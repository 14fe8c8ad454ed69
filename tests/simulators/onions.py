"""Simulated onion services and readers: the ports of a visit, without network, worker or time.

A page's body is JSON (`page_of`), a picture's body says what it is (`known-…`, `odd-…`, `kill-…`, or: unknown).
Everything that was asked for is remembered, in order.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import md5, sha1, sha256
from threading import Event, Lock
from typing import Self

from matcher.containers.kinds import may_hold_pictures
from matcher.fingerprint import Digests, Fingerprint, UndecidedReason
from matcher.identifiers import Identifier
from matcher.verdict import Examination, ListInForce, Match, Outcome, Tier, Verdict
from reports.sighting import ClockReading, Gating
from scanner.authority.permit import Permit, PermitPurpose
from scanner.exchange.cookies import Jar
from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Budget, Failed, Response
from scanner.exchange.socks import Credentials
from scanner.exchange.validators import NO_VALIDATORS, Validators
from scanner.page.content import PageContent, PictureRef
from scanner.page.port import Unreadable
from scanner.page.reading.bundles import read_bundle
from scanner.tor.port import TorHealth

HTML = "text/html"
PICTURE = "image/png"
HELD_SECONDS_MOST = 30


@dataclass(frozen=True)
class Reply:
    """The answer of a simulated service: a body with its type and status, or a redirect."""

    body: bytes = b""
    content_type: str = HTML
    status: int = 200
    location: str = ""
    etag: str = ""
    last_modified: str = ""
    always_304: bool = False
    """True if it answers every request with 304."""
    refresh: str = ""
    link: str = ""
    retry_after: str = ""
    set_cookie: str = ""
    without_cookie: "Reply | None" = None
    """The answer to a visitor without a cookie."""


def page_of(
    links: Sequence[str] = (), pictures: Sequence[str] = (), inline: Sequence[bytes] = (), parts: Sequence[str] = ()
) -> Reply:
    """A page with these links, pictures and parts, as `SimulatedReader` reads it. A style sheet is one too."""
    bodies = [body.decode() for body in inline]
    whole = {"links": list(links), "pictures": list(pictures), "inline": bodies, "parts": list(parts)}
    return Reply(json.dumps(whole).encode())


def picture(name: str) -> Reply:
    """A picture: `known-…` matches, `odd-…` is undecided, `kill-…` kills a worker, anything else is unknown."""
    return Reply(name.encode(), PICTURE)


@dataclass
class MovedClock:
    """A clock that moves by a second each time it is read."""

    now: datetime
    step: timedelta = timedelta(seconds=1)

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


@dataclass
class SimulatedOnions:
    """A `Fetcher` over replies and failures by URL. What is not there is a 404."""

    replies: Mapping[str, Reply | FailureCause]
    clock: Callable[[], datetime]
    before: Callable[[str], None] = lambda _url: None
    """Called before each answer."""
    held: Mapping[str, Event] = field(default_factory=dict)
    """Answers that wait until their event is set."""
    asked: list[str] = field(default_factory=list)
    robots: list[str] = field(default_factory=list)
    """The requests for robots.txt, which are not among the others."""
    forgotten: list[str] = field(default_factory=list)
    sent: dict[str, Validators] = field(default_factory=dict)
    """The validators that came with the last request for each URL, where any did."""
    received_bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def get(
        self, permit: Permit, budget: Budget, jar: Jar | None = None, known: Validators = NO_VALIDATORS
    ) -> Response | Failed:
        with self._lock:
            (self.robots if permit.purpose is PermitPurpose.ROBOTS else self.asked).append(permit.url)
            self.before(permit.url)
            self.sent.pop(permit.url, None)
            if known:
                self.sent[permit.url] = known
            started = self.clock()
        if (event := self.held.get(permit.url)) is not None and not event.wait(HELD_SECONDS_MOST):
            message = "what an answer waits for does not happen"
            raise TimeoutError(message)
        reply = self.replies.get(permit.url, Reply(b"nothing here", HTML, 404))
        if isinstance(reply, Reply) and reply.without_cookie and not (jar and jar.header(permit)):
            reply = reply.without_cookie
        if isinstance(reply, Reply) and reply.set_cookie and jar:
            jar.take(permit, [reply.set_cookie])
        if isinstance(reply, FailureCause):
            return Failed(reply, started, self.clock())
        if len(reply.body) > budget.untrusted_bytes:
            return Failed(FailureCause.TOO_LARGE, started, self.clock(), budget.untrusted_bytes)
        has = Validators(reply.etag, reply.last_modified)
        unchanged = reply.always_304 or (bool(known) and known == has)
        if unchanged and not known:
            return Failed(FailureCause.MALFORMED_REPLY, started, self.clock())
        body = b"" if unchanged else reply.body
        with self._lock:
            self.received_bytes += len(body)
        return Response(
            status=304 if unchanged else reply.status,
            untrusted_content_type=reply.content_type,
            untrusted_location=reply.location,
            untrusted_body=body,
            complete=True,
            started=started,
            ended=self.clock(),
            received_bytes=len(body),
            validators=has,
            untrusted_refresh=reply.refresh,
            untrusted_link=reply.link,
            untrusted_retry_after=reply.retry_after,
        )

    def forget(self, address: str) -> None:
        self.forgotten.append(address)


class SimulatedReader:
    """A `PageReader` of `page_of` pages; archives are read as the real one reads them."""

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        del url
        if may_hold_pictures(untrusted_page, untrusted_content_type):
            return read_bundle(untrusted_page, untrusted_content_type)
        try:
            whole = json.loads(untrusted_page)
        except ValueError:
            return PageContent((), (), ())
        pictures = [PictureRef(picture, "img src") for picture in whole["pictures"]]
        inline = [PictureRef("", "data uri", untrusted_inline=body.encode()) for body in whole["inline"]]
        return PageContent(tuple(whole["links"]), tuple(pictures + inline), (), tuple(whole["parts"]))

    @contextmanager
    def isolated(self) -> Iterator["SimulatedReader"]:
        yield self

    def close(self) -> None:
        pass


class SimulatedExaminer:
    """An `Examiner` that reads a picture's fate out of its body."""

    def __init__(self) -> None:
        self.examined: list[bytes] = []
        self.taken_over = False
        """True if its workers report no match for everything, until they are rechecked."""

    def examine(self, untrusted_picture: bytes) -> Examination:
        self.examined.append(untrusted_picture)
        body = untrusted_picture
        true = self._true(body)
        return replace(true, verdict=Verdict(Outcome.NO_MATCH)) if self.taken_over else true

    def _true(self, body: bytes) -> Examination:
        reason = _reason(body)
        digests = Digests(md5(body).digest(), sha1(body).digest(), sha256(body).digest())  # noqa: S324 - as lists carry
        fingerprint = Fingerprint(digests, len(body), PICTURE, 640, 480, (), reason)
        return Examination(fingerprint, _verdict(body, reason))

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        return (
            (_match(identifier.value.decode("latin-1"), "infohash", "identifier"),)
            if identifier.value.startswith(b"known")
            else ()
        )

    def recheck(self) -> Mapping[bytes, Examination]:
        suspects = self.examined if self.taken_over else []
        self.taken_over = False
        return {sha256(body).digest(): self._true(body) for body in suspects}

    @contextmanager
    def isolated(self) -> Iterator["SimulatedExaminer"]:
        yield self

    def lists(self) -> tuple[ListInForce, ...]:
        return (ListInForce("examples", "Office of Examples", "1", sha256(b"list").hexdigest(), 1),)


@dataclass
class SimulatedTor:
    """A `Tor` that is as well as it is told to be."""

    well: bool = True
    gate: Gating = Gating.INSIDE_TOR
    offset_seconds: float = 0.0
    """Of the clock, held against its consensus."""

    def of(self, address: str) -> Self:
        del address
        return self

    def socks_address(self) -> tuple[str, int] | None:
        return None

    def registered(self, address: str, credentials: Credentials) -> AbstractContextManager[None]:
        del address, credentials
        return nullcontext()

    def stream_cause(self, source_port: int) -> FailureCause | None:
        del source_port
        return None

    def ready(self) -> bool:
        return self.well

    def healthy_now(self) -> Callable[[str], bool]:
        well = self.well
        return lambda _address: well

    def recent_health(self) -> TorHealth:
        return self.health()

    def health(self) -> TorHealth:
        clock = ClockReading("simulated", self.offset_seconds)
        return TorHealth("0.4.9.11", self.well, self.well, self.well, self.well, clock)


def _reason(body: bytes) -> UndecidedReason | None:
    if body.startswith(b"odd-"):
        return UndecidedReason.BROKEN
    if body.startswith(b"kill-"):
        return UndecidedReason.KILLED_CRASH
    return UndecidedReason.NOT_A_PICTURE if body.startswith(b"nothing") else None


def _verdict(body: bytes, reason: UndecidedReason | None) -> Verdict:
    if body.startswith(b"known-"):
        return Verdict(Outcome.MATCHED, (_match(body.decode(), "sha256", "bytes"),))
    return Verdict(Outcome.UNDECIDED, reason=reason) if reason else Verdict(Outcome.NO_MATCH)


def _match(entry: str, algorithm: str, reading: str) -> Match:
    return Match("examples", "Office of Examples", "1", entry, algorithm, Tier.EXACT, 0, 0, None, reading, 0, "", "")
