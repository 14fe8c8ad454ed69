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
from reports.ledger import Purpose
from reports.sighting import RobotsSeen
from scanner.authority.permit import Permit, Permits
from scanner.authority.permit import Purpose as PermitPurpose
from scanner.departures import Departures
from scanner.fetch.fetching import Reached
from scanner.ports import Answer

BYTES_MOST: Final = 512_000
RULES_MOST: Final = 2_000
SITEMAPS_MOST: Final = 50
PATTERN_CHARACTERS_MOST: Final = 1_000
READ: Final = "read"
NOT_ASKED: Final = "not asked for"
FORBIDDEN: Final = "robots.txt asks not to read it"
"""The remark on a page that was read all the same."""
_SUCCESS: Final = 2
_SERVER_ERROR: Final = 500

Rule = tuple[bool, str]
"""Whether it allows, and the pattern: how a path begins, where `*` stands for anything and a last `$` for its end."""
EVERYTHING: Final[tuple[Rule, ...]] = ((False, "/"),)


@dataclass(slots=True)
class Robots:
    """What one site's robots.txt says, for one visit. It is fetched beside the pictures of the first page."""

    permits: Permits
    departures: Departures
    clock: Clock
    address: str
    obeyed: bool
    pages_forbidden: int = 0
    """Pages that it asks not to read: read all the same, or kept out of."""
    _coming: Future[Reached] | None = None
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
            self._coming = self.departures.fetch(permit, Purpose.ROBOTS)

    def read(self) -> None:
        """Wait for it, where it is on its way, and read it."""
        if self._coming is None:
            return
        self.departures.leave()
        result, self._coming = self._coming.result().result, None
        if not isinstance(result, Answer):
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


def rules_of(untrusted_body: bytes) -> tuple[Rule, ...]:
    """The rules for every visitor. Whatever is no rule is passed over; bounded."""
    rules: list[Rule] = []
    for_all, in_names = False, False
    for line in untrusted_body[:BYTES_MOST].decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition("#")[0].partition(":")
        key, value = name.strip().lower(), value.strip()
        if key == "user-agent" and colon:
            for_all = (for_all and in_names) or value == "*"
            in_names = True
        elif key in {"allow", "disallow"} and colon:
            in_names = False
            if for_all and value and len(value) <= PATTERN_CHARACTERS_MOST and len(rules) < RULES_MOST:
                rules.append((key == "allow", value))
    return tuple(rules)


def sitemaps_of(untrusted_body: bytes) -> tuple[str, ...]:
    """The sitemaps that it names, for whichever visitor; bounded. Source: sitemaps.org."""
    lines = untrusted_body[:BYTES_MOST].decode("utf-8", "replace").splitlines()
    fields = (line.partition(":") for line in lines)
    named = (value.strip() for name, _, value in fields if name.strip().lower() == "sitemap")
    return tuple(dict.fromkeys(filter(None, named)))[:SITEMAPS_MOST]


def allowed(rules: tuple[Rule, ...], target: str) -> bool:
    """Whether the longest pattern that fits allows it; of two as long, the one that allows. RFC 9309, 2.2.2."""
    fitting = [(len(pattern), allows) for allows, pattern in rules if _fits(pattern, target)]
    return max(fitting, default=(0, True))[1]


def _fits(pattern: str, target: str) -> bool:
    """Linear: each piece is looked for behind the one before it."""
    ends = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not target.startswith(first):
        return False
    at = len(first)
    for number, piece in enumerate(others, start=1):
        is_last = number == len(others)
        found = max(at, len(target) - len(piece)) if ends and is_last else target.find(piece, at)
        if found < 0 or not target.startswith(piece, found):
            return False
        at = found + len(piece)
    return not ends or at == len(target)
