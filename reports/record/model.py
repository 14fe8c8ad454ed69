"""The form of a record: these dataclasses, field by field, are its canonical JSON (`reports.canonical`).

Published as reports/schema/record-1.schema.json, which is written independently of them and tested against them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from config.faults import Refused
from matcher.fingerprint import Reading, UndecidedReason
from matcher.identifiers import IdentifierKind
from matcher.verdict import ListInForce, Match, Outcome, Tier
from reports.canonical import READING, read
from reports.record.priority import Priority
from reports.record.standing import Standing
from reports.sighting import FailedPicture, Hop, Lead, LoggedFetch, NotFetched, Place, Visit, VisitEnd
from reports.store.values import Novelty

FORMAT: Final = "sightline-record-1"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who made a record, with what. `tool_commit` is hex, empty when unknown."""

    organisation: str
    contact: str
    tool_version: str
    tool_commit: str
    configuration_sha256: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What is referred, and what is kept of a picture that no list knows: its count, or its hashes too.

    `categories` (`SCHEME/category`) are those whose matches this recipient receives; none: all matches.
    """

    referred_tiers: tuple[Tier, ...]
    keep_unknown: bool = False
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """What is known of a picture without its pixels. `readings` holds those that matched, then the first."""

    md5: bytes
    sha1: bytes
    sha256: bytes
    size_bytes: int
    media_type: str
    width: int
    height: int
    scaled: bool
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """One picture at one place. `reason` is set when it is undecided; `priority` when it is a finding."""

    standing: Standing
    outcome: Outcome
    reason: UndecidedReason | None
    place: Place
    redirects: tuple[Hop, ...]
    fetched_from: datetime
    fetched_until: datetime
    declared_type: str
    complete: bool
    image: Image
    matches: tuple[Match, ...]
    novelty: Novelty
    priority: Priority | None
    fetches: tuple[LoggedFetch, ...] = ()


@dataclass(frozen=True, slots=True)
class IdentifierRecord:
    """A file of a peer-to-peer network that the page names and a list knows: a finding."""

    kind: IdentifierKind
    value: bytes
    named_by: str
    matches: tuple[Match, ...]
    novelty: Novelty
    priority: Priority


@dataclass(frozen=True, slots=True)
class PageFacts:
    """A page itself; see `reports.sighting.PageSeen`."""

    url: str
    redirects: tuple[Hop, ...]
    status: int
    fetched_from: datetime
    fetched_until: datetime
    body_sha256: str
    cause: str
    complete: bool
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Every picture that was seen on a page. `pictures` is the sum of the six kinds.

    `undecided`, `failed` and `not_fetched` count by reason; `standing` counts the examined pictures once more.
    `unchanged` are those that an earlier record describes, with their outcome there.
    """

    pictures: int
    matched: int
    no_match: int
    undecided: Mapping[str, int]
    failed: Mapping[str, int]
    not_fetched: Mapping[str, int]
    standing: Mapping[str, int]
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A page that is as an earlier record of the same recipient describes it, but for the named pictures.

    `record_leaf` is that record's place in the log. Nothing of its description is repeated.
    """

    record_leaf: int
    pictures: int


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page. `padding` means nothing."""

    format: Literal["sightline-record-1"]
    kind: Literal["page"]
    visit: Visit
    sender: Sender
    policy: Policy
    lists: tuple[ListInForce, ...]
    page: PageFacts
    counts: Counts
    pictures: Sequence[PictureRecord]
    not_fetched: tuple[NotFetched, ...]
    failed: tuple[FailedPicture, ...]
    identifiers: tuple[IdentifierRecord, ...] = ()
    identifiers_seen: Mapping[str, int] = field(default_factory=dict)
    """Every identifier that the page names, by kind, whether a list knows it or not."""
    leads: tuple[Lead, ...] = ()
    leads_left: int = 0
    unchanged: Unchanged | None = None
    fetches: tuple[LoggedFetch, ...] = ()
    """The fetches of the page and of what it was read with; each picture has its own."""
    padding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """How a visit ended, and so how many page records belong to it."""

    format: Literal["sightline-record-1"]
    kind: Literal["visit"]
    visit: Visit
    sender: Sender
    policy: Policy
    lists: tuple[ListInForce, ...]
    end: VisitEnd


@dataclass(frozen=True, slots=True)
class WithdrawnEntryModel:
    """One entry that its issuer took back, and the records (by id) that name it."""

    entry_id: str
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AmendmentRecord:
    """What takes entries back. `referrals` are the ids of those in which any of these records went out, to anyone."""

    format: Literal["sightline-record-1"]
    kind: Literal["amendment"]
    sender: Sender
    decided: datetime
    list_name: str
    list_issuer: str
    reason: str
    test: bool
    withdrawn: tuple[WithdrawnEntryModel, ...]
    referrals: tuple[str, ...]
    padding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejudgedPicture:
    """A picture that a later edition knows. `ordinal` is its place among the examined pictures of its page."""

    ordinal: int
    sha256: bytes
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class RejudgedPage:
    """A page that an earlier record to the same recipient describes: `record_leaf` is its place in the log."""

    record_leaf: int
    pictures: tuple[RejudgedPicture, ...]


@dataclass(frozen=True, slots=True)
class RejudgedRecord:
    """Pages whose kept fingerprints later editions of the hash lists judged. Nothing was fetched again.

    It is made of every batch that was judged, with hits or without; `pages` holds those with hits. `pictures_open` must
    be seen again before a match can be decided.
    """

    format: Literal["sightline-record-1"]
    kind: Literal["rejudged"]
    sender: Sender
    policy: Policy
    judged: datetime
    test: bool
    fetched_again: Literal[False]
    lists_before: tuple[ListInForce, ...]
    lists: tuple[ListInForce, ...]
    pages_judged: int
    pictures_judged: int
    pictures_open: int
    pages: tuple[RejudgedPage, ...]
    padding: tuple[str, ...] = ()


Record = PageRecord | VisitRecord | AmendmentRecord | RejudgedRecord

RECORD_READER: Final = TypeAdapter(tuple[Annotated[Record, Field(discriminator="kind")]], config=READING)
"""The record's kind selects its form: trying each form took three times as long."""


def read_record(untrusted_bytes: bytes, where: str) -> Record | Refused:
    """Parse what `reports.record.build` wrote. Refuse anything else."""
    return read(RECORD_READER, untrusted_bytes, where)
