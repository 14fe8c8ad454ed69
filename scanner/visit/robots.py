"""robots.txt: read once a visit, recorded, and obeyed only where the mandate says so.

It is a site's wish to search engines, and no law over an authority's mandate: by default it is recorded with what it
would have forbidden. A list whose `robots` is `obeyed` keeps to it: what it forbids is not requested, and counted. Its
rules for every visitor (`User-agent: *`) are read as RFC 9309 says. The sitemaps it names are links of the site.
"""

import hashlib
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from reports.sighting import RobotsSeen
from scanner.authority.permit import Permit, PermitPurpose
from scanner.crawl.robots_txt import Rule, allowed, rules_of, sitemaps_of
from scanner.exchange.port import Failed
from scanner.fetch.visit_fetches import FetchResult, VisitFetches

READ: Final = "read"
NOT_ASKED: Final = "not asked for"
FORBIDDEN: Final = "robots.txt asks not to read it"
"""The note on a page that was read all the same."""
EVERYTHING: Final[tuple[Rule, ...]] = ((False, "/"),)


@dataclass(slots=True)
class Robots:
    """One site's robots.txt, during one visit. It is fetched while the pictures of the first page are."""

    fetches: VisitFetches
    address: str
    obeyed: bool
    pages_forbidden: int = 0
    """Pages that it asks not to read: read all the same, or not requested where it is obeyed."""
    _pending: Future[FetchResult] | None = None
    _rules: tuple[Rule, ...] = ()
    _untrusted_sitemaps: tuple[str, ...] = ()
    _answer: str = NOT_ASKED
    _body_sha256: str = ""

    def request(self, page: int = 0) -> None:
        """Plan to fetch it, the first time, for the page with this turn."""
        if self._pending is not None or self._answer != NOT_ASKED:
            return
        permit = self.fetches.permit(f"http://{self.address}/robots.txt", PermitPurpose.ROBOTS)
        if isinstance(permit, Permit):
            self._pending = self.fetches.request(permit, page=page)

    def read(self) -> None:
        """Wait for it, if it is pending, and read it."""
        if self._pending is None:
            return
        answer, self._pending = self.fetches.result(self._pending).result, None
        if isinstance(answer, Failed):
            self._answer = answer.cause.value
        elif HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self._answer, self._rules = READ, rules_of(answer.untrusted_body)
            self._untrusted_sitemaps = sitemaps_of(answer.untrusted_body)
            self._body_sha256 = hashlib.sha256(answer.untrusted_body).hexdigest()
        else:
            # RFC 9309, 2.3.1.4: who obeys it keeps away from a server that cannot state its rules.
            unavailable = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            self._answer, self._rules = f"HTTP {answer.status}", EVERYTHING if unavailable else ()

    def forbids(self, url: str) -> bool:
        """Return True if it asks not to fetch this URL of the site."""
        self.read()
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return parts.hostname == self.address and not allowed(self._rules, target)

    def keeps_from(self, url: str) -> bool:
        """Return True if this URL may not be requested, because the mandate obeys robots.txt."""
        return self.obeyed and self.forbids(url)

    def take_sitemaps(self) -> tuple[str, ...]:
        """Take the sitemaps that it names: all at the first call, none later."""
        self.read()
        named, self._untrusted_sitemaps = self._untrusted_sitemaps, ()
        return named

    def note(self, url: str) -> tuple[str, ...]:
        """Return the note on a page that was read, and count it."""
        forbidden = self.forbids(url) and self._answer == READ
        self.pages_forbidden += forbidden
        return (FORBIDDEN,) if forbidden else ()

    def seen(self) -> RobotsSeen:
        """Return what the visit's record says of it."""
        self.read()
        return RobotsSeen(self._answer, self._body_sha256, self.obeyed, self.pages_forbidden)
