"""robots.txt: read once a visit, recorded, and obeyed only where the mandate says so.

It is a site's wish to search engines, and no law over an authority's mandate: by default it is recorded, with what it
would have forbidden, so that nobody need guess later. A list whose `robots` is `obeyed` keeps to it: what it forbids is
not asked for, and counted. Rules are those for every visitor (`User-agent: *`), as RFC 9309 reads them. The sitemaps
that it names are links of the site.
"""

import hashlib
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from config.clock import Clock
from reports.ledger.ledger import FetchPurpose
from reports.sighting import RobotsSeen
from scanner.authority.permit import Permit, PermitPurpose, Permits
from scanner.crawl.robots_txt import Rule, allowed, rules_of, sitemaps_of
from scanner.exchange.port import Response
from scanner.fetch.batch import FetchBatch
from scanner.fetch.visit_fetches import FetchResult

READ: Final = "read"
NOT_ASKED: Final = "not asked for"
FORBIDDEN: Final = "robots.txt asks not to read it"
"""The remark on a page that was read all the same."""
_SUCCESS: Final = 2
_SERVER_ERROR: Final = 500

EVERYTHING: Final[tuple[Rule, ...]] = ((False, "/"),)


@dataclass(slots=True)
class Robots:
    """What one site's robots.txt says, for one visit. It is fetched beside the pictures of the first page."""

    permits: Permits
    departures: FetchBatch
    clock: Clock
    address: str
    obeyed: bool
    pages_forbidden: int = 0
    """Pages that it asks not to read: read all the same, or kept out of."""
    _coming: Future[FetchResult] | None = None
    _rules: tuple[Rule, ...] = ()
    _untrusted_sitemaps: tuple[str, ...] = ()
    _answer: str = NOT_ASKED
    _body_sha256: str = ""

    def ask(self) -> None:
        """Plan to fetch it, the first time."""
        if self._coming is not None or self._answer != NOT_ASKED:
            return
        permit = self.permits.permit(f"http://{self.address}/robots.txt", self.clock(), PermitPurpose.ROBOTS)
        if isinstance(permit, Permit):
            self._coming = self.departures.fetch(permit, FetchPurpose.ROBOTS)

    def read(self) -> None:
        """Wait for it, where it is on its way, and read it."""
        if self._coming is None:
            return
        self.departures.leave()
        result, self._coming = self._coming.result().result, None
        if not isinstance(result, Response):
            self._answer = result.cause.value
        elif result.status // 100 == _SUCCESS:
            self._answer, self._rules = READ, rules_of(result.untrusted_body)
            self._untrusted_sitemaps = sitemaps_of(result.untrusted_body)
            self._body_sha256 = hashlib.sha256(result.untrusted_body).hexdigest()
        else:
            # RFC 9309, 2.3.1.4: who obeys it keeps away from a server that cannot say what it wishes.
            self._answer, self._rules = f"HTTP {result.status}", EVERYTHING if result.status >= _SERVER_ERROR else ()

    def forbids(self, url: str) -> bool:
        """Whether it asks not to fetch this URL of the site."""
        self.read()
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return parts.hostname == self.address and not allowed(self._rules, target)

    def keeps_from(self, url: str) -> bool:
        """Whether this URL may not be asked for, because the mandate obeys it."""
        return self.obeyed and self.forbids(url)

    def sitemaps(self) -> tuple[str, ...]:
        """Those that it names; the first time that they are asked for, and no more."""
        self.read()
        named, self._untrusted_sitemaps = self._untrusted_sitemaps, ()
        return named

    def remark(self, url: str) -> tuple[str, ...]:
        """The remark that a page deserves which was read."""
        forbidden = self.forbids(url) and self._answer == READ
        self.pages_forbidden += forbidden
        return (FORBIDDEN,) if forbidden else ()

    def seen(self) -> RobotsSeen:
        """What the visit's record says of it."""
        self.read()
        return RobotsSeen(self._answer, self._body_sha256, self.obeyed, self.pages_forbidden)
