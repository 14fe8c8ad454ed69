"""What a visit saw, before it is sealed: pages, the pictures on them, and those that were seen but not fetched.

These values live in memory only. `reports.record.build` turns them into the sealed record; nothing else may write them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from matcher.fingerprint import Fingerprint
from matcher.identifiers import Identifier
from matcher.verdict import Match, Verdict


class Relation(StrEnum):
    """How a page and a picture belong together. Misattribution hurts third parties, so this is never guessed."""

    HOSTED_HERE = "hosted here"
    """Served by the page's own onion service."""
    INLINE = "inline"
    """Carried within the page itself as a data: URI."""
    EMBEDDED_FROM_ELSEWHERE = "embedded from elsewhere"
    """Shown by the page, served by another host."""
    LINKED_ONLY = "linked only"
    """The page has a link to it and does not show it."""


class NotFetchedReason(StrEnum):
    """Why a picture that was seen was not fetched. A closed list; counted and named in every record."""

    OFF_LIST = "its host is not on the list"
    OUT_OF_SCOPE = "outside the scope that the list gives"
    NOT_HTTP = "not an http address"
    MALFORMED = "not a well-formed address"
    PAGE_BUDGET = "the visit's picture budget was spent"
    ROBOTS = "robots.txt forbids it, and the mandate obeys"
    BYTE_BUDGET = "the visit's byte budget was spent"
    TIME_BUDGET = "the visit's time was spent"
    STOPPED = "the visit was ended early"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture was seen: its exact URL (empty for inline), the page, and how the page names it.

    `embedding` is the way of embedding, such as `img src`, `srcset`, `css background`, `data uri`, `og:image`, `link`.
    """

    url: str
    page_url: str
    embedding: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class Hop:
    """One exchange on the way to a page or picture. `status` is the HTTP status, 0 when there was no answer."""

    url: str
    status: int


@dataclass(frozen=True, slots=True)
class LoggedFetch:
    """One exchange, and the log's entry that it was about to be made. `purpose` is as the entry has it.

    `opening` (32 bytes) opens the entry's commitment to the URL (`reports.log.entry.url_token`).
    """

    url: str
    purpose: str
    leaf_index: int
    opening: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One picture at one place, fetched (or inline), examined.

    `complete` is False when the connection gave no proof that the body was whole. `fetched_from` and `fetched_until`
    are UTC. `redirects` is empty when there was one exchange, else holds all of them; the last gave the picture.
    """

    place: Place
    redirects: tuple[Hop, ...]
    fetched_from: datetime
    fetched_until: datetime
    declared_type: str
    complete: bool
    fingerprint: Fingerprint
    verdict: Verdict
    fetches: tuple[LoggedFetch, ...] = ()
    """The exchanges that fetched it, or its bundle; none for an inline picture."""


@dataclass(frozen=True, slots=True)
class NotFetched:
    """A picture that was seen and not fetched."""

    place: Place
    reason: NotFetchedReason


@dataclass(frozen=True, slots=True)
class FailedPicture:
    """A picture whose fetch was tried and failed; `cause` is the fetch failure's class."""

    place: Place
    redirects: tuple[Hop, ...]
    cause: str
    fetches: tuple[LoggedFetch, ...] = ()


class LeadKind(StrEnum):
    """What a lead is."""

    ONION = "onion address"
    HOST = "host on the clear web that pictures lie on"
    FILE = "file of a peer-to-peer network that no list knows"


@dataclass(frozen=True, slots=True)
class Lead:
    """Something that a page names beyond the list; text, never fetched."""

    kind: LeadKind
    value: str


@dataclass(frozen=True, slots=True)
class IdentifierSeen:
    """A file of a peer-to-peer network that a page names, and the entries that it equals. `named_by` gives the way."""

    identifier: Identifier
    named_by: str
    matches: tuple[Match, ...]

    listed: bool = False
    """Whether any list knows it, also one whose word is not for this recipient."""


@dataclass(frozen=True, slots=True)
class PageSeen:
    """One page as it was seen, its pictures judged together.

    `cause` is empty when the page was read; otherwise the class of the failure, and there are no pictures.
    `body_sha256` is hex, over the page's decoded bytes. `notes` are remarks from a closed list, such as `login form`.
    """

    url: str
    redirects: tuple[Hop, ...]
    status: int
    fetched_from: datetime
    fetched_until: datetime
    body_sha256: str
    cause: str
    complete: bool
    sightings: tuple[Sighting, ...]
    not_fetched: tuple[NotFetched, ...]
    failed: tuple[FailedPicture, ...]
    notes: tuple[str, ...] = ()
    identifiers: tuple[IdentifierSeen, ...] = ()
    leads: tuple[Lead, ...] = ()
    leads_left: int = 0
    """Leads beyond the limit."""
    unchanged: int = 0
    """Pictures that are as an earlier record describes them: the site says so, or their bytes do."""
    since: int | None = None
    """The place of that record in the log, as it was sealed to this recipient."""
    fetches: tuple[LoggedFetch, ...] = ()
    """The exchanges for the page and for what it is read with (style sheets, manifests, frames, robots.txt), in order.
    Those of its pictures are in their sightings.
    """


@dataclass(frozen=True, slots=True)
class Mandate:
    """The authority behind a visit: part of every record, referral and screen."""

    issuer: str
    reference: str
    legal_basis: str
    list_id: str
    list_sequence: int
    list_sha256: str
    key_id: str
    """The minisign key id, 16 hex digits."""
    valid_from: datetime
    valid_until: datetime
    destroy_by: datetime | None
    handling: str
    jurisdictions: tuple[str, ...] = ()
    """Whom the list concerns, as its authority names them; none: everybody."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Where the times come from. `offset_seconds` is our clock minus the tor consensus's, None when unknown."""

    source: str
    offset_seconds: float | None


class Gating(StrEnum):
    """Whether tor itself enforced the list, below HTTP: part of every record, in plain words."""

    INSIDE_TOR = "tor itself refused every address that is not listed"
    OFF = "switched off: only the scanner, not tor, refused what is not listed"
    NOT_OURS = "none: tor was not our own; only the scanner, not tor, refused what is not listed"


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of one listed site. `visit_id` is a random UUID; times UTC."""

    visit_id: str
    address: str
    """The onion address, 56 characters and `.onion`."""
    mandate: Mandate
    scope: str
    """The target's scope in words."""
    reason: str
    """The authority's reason for listing it."""
    started: datetime
    test: bool
    """Whether this is a rehearsal and not production."""
    gate: Gating


class SiteState(StrEnum):
    """The state of a site after a visit. Only evidence from a second tor makes it `down`."""

    UP = "up"
    FAILING = "failing: not proven down"
    DOWN = "down"
    UNKNOWN = "unknown: our own tor was not well"


@dataclass(frozen=True, slots=True)
class Look:
    """What one of our own tors saw of a site, and how that tor was then.

    `cause` is the failure's class (`scanner.exchange.failure`), empty if the site answered. `canary` is `answered` or
    its failure's class; empty if none is configured, or it was not asked.
    """

    at: datetime
    cause: str
    tor_healthy: bool
    network_live: bool
    canary: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for a site's state. `second` is a tor without cached state, asked if the first had no answer.

    `first` is None if the site was never asked.
    """

    state: SiteState
    first: Look | None
    second: Look | None = None


@dataclass(frozen=True, slots=True)
class RobotsSeen:
    """The outcome of robots.txt: `answer` is `read`, `HTTP` and a status, a failure's class, or `not asked for`.

    `pages_forbidden` counts pages that it asks not to read: read all the same, or, if it is `obeyed`, not fetched.
    """

    answer: str
    body_sha256: str
    obeyed: bool
    pages_forbidden: int


@dataclass(frozen=True, slots=True)
class VisitEnd:
    """How a visit ended. `outcome` is `visited`, or the class of the failure; counts cover the whole visit."""

    ended: datetime
    outcome: str
    pages_read: int
    pages_failed: int
    pages_left: int
    """Known, in scope, and not fetched because a budget was spent."""
    links_left: Mapping[str, int]
    """Links within the scope that were not followed, by reason (`scanner.crawl.traps.Trap`)."""
    spent: str
    """The budget that ended the visit before its last page: `pages`, `bytes`, `time`, `workers`; empty for none."""
    received_bytes: int
    """All bytes received, headers included."""
    robots: RobotsSeen
    continues: tuple[str, ...]
    """The visits that were cut and that this one went on from, oldest first. Its counts leave theirs out; but
    `links_left` goes over all parts, and may count a link once in each."""
    tor_version: str
    tor_healthy: bool
    clock: ClockReading
    evidence: Evidence
    workers_killed: int = 0
    """Pages and pictures at which a confined worker died or was killed; for operators, not on the record."""
    confinement_absent: tuple[str, ...] = ()
    """Layers of the confinement of workers that were not in force, as the operator's policy accepts."""
