"""GET from onion services: exchanges over kept connections, each ended by a response or by one cause.

Rules:
- Each site has one pair of SOCKS credentials: its circuit stays warm, and sites stay apart. `forget` changes them. The
  gate inside tor recognises our streams by them (`active_credentials.py`).
- Nothing is followed, and nothing is kept but open connections. Cookies live in the visit's jar.
- No text of an error leaves this module: an error becomes a cause by its class (`error_mapping.py`).
"""

import hmac
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from types import MappingProxyType
from typing import Final

from config.clock import Clock, utc_now
from scanner.authority.permit import Permit
from scanner.exchange.body import DecodedBody, NotChunked, read_body
from scanner.exchange.coding import Decoder
from scanner.exchange.connection import KeptConnection, ResponseHead, silence_libraries
from scanner.exchange.cookies import Jar
from scanner.exchange.error_mapping import cause_of
from scanner.exchange.failure import CUT_OFF, FailureCause
from scanner.exchange.framing import REDIRECTS, framing
from scanner.exchange.meter import BODY, Meter
from scanner.exchange.port import Budget, Failed, Response
from scanner.exchange.route import Routes
from scanner.exchange.socks import Credentials
from scanner.exchange.validators import NO_VALIDATORS, NOT_MODIFIED, Validators, validators
from scanner.page.limits import HEADER_CHARACTERS_MOST

_IDLE_MOST: Final = 8
_SUCCESS: Final = 2
_TYPE_CHARACTERS_MOST: Final = 200
_CODINGS: Final[Mapping[str, str]] = MappingProxyType({"http": "gzip, deflate", "https": "gzip, deflate, br, zstd"})
"""What Tor Browser asks for: Firefox asks for br and zstd over https (and on the loopback) only. Source:
HttpBaseChannel::Init and the preferences network.http.accept-encoding, in Firefox 140. All four are decoded always."""
_UNREAD: Final = DecodedBody(b"", complete=False, reusable=False)

_Port = tuple[str, str, int]


@dataclass(slots=True)
class _Site:
    """One onion service's credentials and idle connections."""

    credentials: Credentials
    idle: dict[_Port, list[KeptConnection]] = field(default_factory=lambda: defaultdict(list))


class OnionFetcher:
    """The fetch port over tor. `isolation_secret` keys the SOCKS user names, so that tor's log shows no address."""

    def __init__(self, routes: Routes, isolation_secret: bytes, user_agent: str, clock: Clock = utc_now) -> None:
        silence_libraries()
        self._routes = routes
        self._secret = isolation_secret
        self._headers = {scheme: _headers(user_agent, codings) for scheme, codings in _CODINGS.items()}
        self._clock = clock
        self._sites: dict[str, _Site] = {}
        self._lock = Lock()

    def get(
        self, permit: Permit, budget: Budget, jar: Jar | None = None, known: Validators = NO_VALIDATORS
    ) -> Response | Failed:
        """GET the permit's URL through tor."""
        headers = {**self._headers[permit.scheme], **known.headers}
        exchange = _Exchange(permit, Meter(budget), headers, self._clock, jar)
        exchange.conditional = bool(known)
        site, lane = self._lend(permit)
        was_used = lane.used
        result = exchange.over(lane)
        if was_used and exchange.unanswered(result):
            # The server closed the kept connection while it lay idle: that is no failure of the site.
            lane.close()
            lane = KeptConnection(self._routes.of(permit.address), site.credentials)
            result = exchange.over(lane)
        self._take_back(permit, site, lane, reusable=exchange.reusable)
        ours = exchange.cut_off(result) and not self._routes.of(permit.address).ready()
        return _our_own(result) if ours else result

    def forget(self, address: str) -> None:
        """Close the site's connections; its next exchange uses new credentials, and so a new circuit."""
        with self._lock:
            site = self._sites.pop(address, None)
        for lanes in site.idle.values() if site else ():
            for lane in lanes:
                lane.close()

    def _lend(self, permit: Permit) -> tuple[_Site, KeptConnection]:
        with self._lock:
            site = self._sites.get(permit.address)
            if site is None:
                site = self._sites[permit.address] = _Site(self._new_credentials(permit.address))
            idle = site.idle[_port(permit)]
            return site, idle.pop() if idle else KeptConnection(self._routes.of(permit.address), site.credentials)

    def _take_back(self, permit: Permit, site: _Site, lane: KeptConnection, *, reusable: bool) -> None:
        with self._lock:
            idle = site.idle[_port(permit)]
            kept = reusable and len(idle) < _IDLE_MOST and self._sites.get(permit.address) is site
            if kept:
                idle.append(lane)
        if not kept:
            lane.close()

    def _new_credentials(self, address: str) -> Credentials:
        token = hmac.digest(self._secret, address.encode("ascii"), "sha256").hex()[:32]
        return Credentials(token.encode("ascii"), secrets.token_hex(16).encode("ascii"))


def _our_own(result: Response | Failed) -> Failed:
    """Blame our own tor for a failure while it was ill: such a failure says nothing about the site."""
    if isinstance(result, Failed):
        return replace(result, cause=FailureCause.TOR_NOT_READY)
    return Failed(FailureCause.TOR_NOT_READY, result.started, result.ended, result.received_bytes)


def _headers(user_agent: str, codings: str) -> Mapping[str, str]:
    """Return the headers, in Tor Browser's order."""
    return {
        "User-Agent": user_agent,
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,*/*;q=0.8",
        "Accept-Language": "en-US,en;q=0.5",
        "Accept-Encoding": codings,
        "Connection": "keep-alive",
    }


def _port(permit: Permit) -> _Port:
    return permit.scheme, permit.host, permit.port


class _Exchange:
    """One request and its answer, over one connection or, when that was stale, a second one."""

    def __init__(self, permit: Permit, meter: Meter, headers: Mapping[str, str], clock: Clock, jar: Jar | None) -> None:
        self._permit = permit
        self._meter = meter
        self._jar = jar
        cookies = jar.header(permit) if jar else ""
        self._headers = {**headers, "Cookie": cookies} if cookies else headers
        self._clock = clock
        self._started = clock()
        self.conditional = False
        self.reusable = False
        self._cut = False

    def over(self, lane: KeptConnection) -> Response | Failed:
        """Exchange over this connection. Never raises."""
        try:
            head = lane.get(self._permit, self._meter, self._headers)
            return self._answer(head)
        except NotChunked:
            return self._failed(FailureCause.MALFORMED_REPLY)
        except Exception as foreign:  # noqa: BLE001 - hostile bytes make the libraries raise anything; only its class is used
            return self._failed(cause_of(foreign, self._meter.stage.broken))

    def unanswered(self, result: Response | Failed) -> bool:
        """True if the exchange failed without a byte of a response, and by no limit of ours."""
        return isinstance(result, Failed) and self._meter.cause is None and self._meter.received_bytes == 0

    def cut_off(self, result: Response | Failed) -> bool:
        """True if the path to the site may have ended the exchange: a tor that dies looks so, among others."""
        return result.cause in CUT_OFF if isinstance(result, Failed) else self._cut

    def _answer(self, head: ResponseHead) -> Response | Failed:
        try:
            return self._read(head)
        finally:
            if self.reusable:
                head.release()
            else:
                head.close()

    def _read(self, head: ResponseHead) -> Response | Failed:
        if self._jar is not None:
            self._jar.take(self._permit, head.values("set-cookie"))
        framed = framing(
            head.status,
            head.values("content-length"),
            head.values("transfer-encoding"),
            head.values("content-encoding"),
        )
        if isinstance(framed, FailureCause):
            return self._failed(framed)
        if head.status == NOT_MODIFIED and not self.conditional:
            return self._failed(FailureCause.MALFORMED_REPLY)
        self._meter.enter(BODY)
        if _leads_elsewhere(head) and framed.length != 0:
            return self._answered(head, _UNREAD)
        if framed.length is not None:
            self._meter.expect(framed.length)
        body = read_body(
            head.body, framed, Decoder(framed.codings, self._meter.budget_bytes), endless=_is_endless(head)
        )
        self._cut = not body.complete
        self.reusable = body.reusable and head.keeps_alive and not _may_be_followed(head)
        if _nothing_came(head.status, body):
            return self._failed(FailureCause.CUT_SHORT)
        return self._answered(head, body)

    def _answered(self, head: ResponseHead, body: DecodedBody) -> Response:
        return Response(
            status=head.status,
            untrusted_content_type=_first(head.values("content-type"))[:_TYPE_CHARACTERS_MOST],
            untrusted_location=_as_sent(_first(head.values("location"))),
            untrusted_body=body.untrusted,
            complete=body.complete,
            started=self._started,
            ended=self._clock(),
            received_bytes=self._meter.received_bytes,
            untrusted_refresh=_as_sent(_first(head.values("refresh"))[:HEADER_CHARACTERS_MOST]),
            untrusted_link=_as_sent(", ".join(head.values("link"))[:HEADER_CHARACTERS_MOST]),
            untrusted_retry_after=_first(head.values("retry-after"))[:HEADER_CHARACTERS_MOST],
            validators=validators(head.values("etag"), head.values("last-modified"), head.values("date")),
        )

    def _failed(self, cause: FailureCause) -> Failed:
        """Return the failure. The meter's cause comes first: other errors only follow from it."""
        meter = self._meter
        return Failed(meter.cause or cause, self._started, self._clock(), meter.received_bytes, meter.socks_reply)


def _leads_elsewhere(head: ResponseHead) -> bool:
    """Return True for a redirect. Browsers do not read its body, and an endless one must not hold us up."""
    return head.status in REDIRECTS and _first(head.values("location")) != ""


def _may_be_followed(head: ResponseHead) -> bool:
    """Return True if a 304 announces a body: a faulty server may send it in the next response's place."""
    announced = (*head.values("content-length"), *head.values("transfer-encoding"))
    return head.status == NOT_MODIFIED and any(value.strip() != "0" for value in announced)


def _is_endless(head: ResponseHead) -> bool:
    """Return True if the body is a row of pictures, each replacing the one before; cameras send no end."""
    return _first(head.values("content-type")).strip().lower().startswith("multipart/x-mixed-replace")


def _nothing_came(status: int, body: DecodedBody) -> bool:
    """Return True for an empty success without a proven end: the head, too, may have been cut."""
    return not body.untrusted and not body.complete and status // 100 == _SUCCESS


def _first(values: Sequence[str]) -> str:
    return values[0] if values else ""


def _as_sent(untrusted: str) -> str:
    """Return a header's value in UTF-8, its likely encoding; the library reads all headers as Latin-1."""
    try:
        return untrusted.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return untrusted
