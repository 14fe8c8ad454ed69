"""The form of a referral: what the recipient reads, as canonical JSON. It follows the image, then the sites.

Published as reports/schema/referral-1.schema.json, which is written independently of these dataclasses and tested
against them. Everything here is made on the recipient's side, from records whose signatures and proofs held.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from matcher.fingerprint import UndecidedReason
from matcher.identifiers import IdentifierKind
from matcher.verdict import ListInForce, Match, Tier
from reports.bundle import Addressee
from reports.checks import Result
from reports.priority import Priority
from reports.record_form import Counts, Image, PageFacts, Sender
from reports.sighting import (
    ClockReading,
    Evidence,
    FailedPicture,
    Gating,
    Hop,
    LoggedFetch,
    Mandate,
    NotFetched,
    Place,
    RobotsSeen,
)
from reports.standing import Standing
from reports.store.values import Novelty

FORMAT: Final = "sightline-referral-1"
SOFTWARE_ONLY: Final = (
    "No person has viewed any picture of this referral. Every statement in it was made by software, from hashes alone; "
    "no picture was kept. Classification is left to the recipient."
)
REACQUISITION: Final = (
    "Confirm that the mandate covers it.",
    "Open the exact URL in Tor Browser, or fetch it with `curl --socks5-hostname`, under your own authority.",
    "Compute the SHA-256 of the bytes: if it equals the one given here, it is the same file.",
    "If it differs, compute PDQ: a distance of 31 bits or less to the one given here means the same picture.",
)


class StillUp(StrEnum):
    """Whether a picture was still where it was seen, as far as these records tell."""

    YES = "yes, when its page was last read"
    NO = "no, it was gone when its page was last read"
    NOT_KNOWN = "not known: it is described only beside known pictures"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which referral this is. `parts` are the ids of the files that it was assembled from, oldest first."""

    referral_id: str
    sequence: int
    earlier: str
    supersedes: tuple[str, ...]
    parts: tuple[str, ...]
    created: datetime
    state: Literal["new", "amendment"]
    test: bool


@dataclass(frozen=True, slots=True)
class SightingReport:
    """One sighting: where, when, by which clock, and in which record it is proven."""

    standing: Standing
    address: str
    visit_id: str
    record_id: str
    place: Place
    redirects: tuple[Hop, ...]
    fetched_from: datetime
    fetched_until: datetime
    clock: ClockReading | None
    declared_type: str
    complete: bool
    page_body_sha256: str
    novelty: Novelty
    known_beside: int
    last_seen: datetime
    """When it was fetched, or when its page was found unchanged for the last time."""
    seen_unchanged: int
    """How often its page was found unchanged since."""
    fetches: tuple[LoggedFetch, ...]
    """With what opens the log's entries of them: proof of when its address was asked for, for whoever has the log."""


@dataclass(frozen=True, slots=True)
class ImageReport:
    """One picture, by its SHA-256, with everything that is known of it.

    `cluster` numbers pictures whose PDQ hashes lie within 31 bits of each other; it is 0 for one that stands alone.
    `human_viewed` is always false and `classification` always empty: both are the recipient's to say.
    """

    image: Image
    standing: Standing
    reason: UndecidedReason | None
    tier: Tier | None
    matches: tuple[Match, ...]
    priority: Priority | None
    cluster: int
    never_seen_before: bool
    referred_before: bool
    first_seen: datetime
    last_seen: datetime
    times_seen: int
    still_up: StillUp
    addresses: tuple[str, ...]
    sightings: tuple[SightingReport, ...]
    cluster_pictures: int = 0
    """How many pictures its cluster has, this one included; 0 for one that stands alone."""
    cluster_sites: int = 0
    """On how many sites they were seen together."""
    human_viewed: Literal[False] = False
    classification: Literal[""] = ""


class Stands(StrEnum):
    """How a listed file that pages name stands."""

    NEW = "new"
    REFERRED_BEFORE = "referred before"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True)
class IdentifierSighting:
    """One page that names a listed file, and how (`link`, `attribute`, `text`)."""

    address: str
    visit_id: str
    record_id: str
    page_url: str
    named_by: str
    fetched_from: datetime
    novelty: Novelty


@dataclass(frozen=True, slots=True)
class IdentifierReport:
    """One listed file of a peer-to-peer network, by its identifier. Nothing was asked of the network."""

    kind: IdentifierKind
    value: bytes
    stands: Stands
    matches: tuple[Match, ...]
    priority: Priority
    first_seen: datetime
    last_seen: datetime
    addresses: tuple[str, ...]
    sightings: tuple[IdentifierSighting, ...]


@dataclass(frozen=True, slots=True)
class LeadReport:
    """Something that pages with findings name beyond the list. It was asked for nothing: follow it under a mandate."""

    kind: str
    value: str
    pages: tuple[str, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """Sites that show the same pictures. `words` says what was measured."""

    addresses: tuple[str, ...]
    shared: int
    together: int
    words: str


@dataclass(frozen=True, slots=True)
class AmendmentReport:
    """One entry that its issuer took back. `referrals` are those of the sender in which it was named, to anyone."""

    record_id: str
    decided: datetime
    list_name: str
    list_issuer: str
    entry_id: str
    reason: str
    records: tuple[str, ...]
    referrals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RejudgementReport:
    """A batch of pages that was judged again by later editions of the hash lists. Nothing was fetched again.

    `joined` are the records here whose pictures are findings by it; `elsewhere` the places in the log of records with
    pictures that match and that are not here.
    """

    record_id: str
    judged: datetime
    lists_before: tuple[ListInForce, ...]
    lists: tuple[ListInForce, ...]
    pages_judged: int
    pictures_judged: int
    pictures_open: int
    joined: tuple[str, ...]
    elsewhere: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class VisitReport:
    """One visit. `ended` is null when its end is not in these records: then what follows is unknown."""

    visit_id: str
    started: datetime
    ended: datetime | None
    outcome: str
    pages_read: int
    pages_failed: int
    pages_left: int
    links_left: Mapping[str, int]
    spent: str
    received_bytes: int
    robots: RobotsSeen | None
    continues: tuple[str, ...]
    tor_version: str
    tor_healthy: bool | None
    clock: ClockReading | None
    gate: Gating
    evidence: Evidence | None
    confinement_absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageReport:
    """One page, once for each time that it was asked for.

    Where it was `unchanged`, `described_in` is the earlier record that describes it; empty when that is not here.
    """

    visit_id: str
    record_id: str
    page: PageFacts
    counts: Counts
    failed: tuple[FailedPicture, ...]
    not_fetched: tuple[NotFetched, ...]
    unchanged: bool
    described_in: str
    fetches: tuple[LoggedFetch, ...]


@dataclass(frozen=True, slots=True)
class SiteReport:
    """One onion service under one mandate. `mandate` is its number in the referral's `authority`, from 0."""

    address: str
    mandate: int
    scope: str
    reason: str
    findings: int
    visits: tuple[VisitReport, ...]
    pages: tuple[PageReport, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was checked, and how everything that was seen ended."""

    sites: int
    visits: int
    pages_read: int
    pages_failed: int
    counts: Counts
    lists: tuple[ListInForce, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What this referral cannot say, counted. `page_notes` counts pages by remark: login forms, scripts, captchas."""

    pages_failed: Mapping[str, int]
    page_notes: Mapping[str, int]
    pages_left: int
    links_left: Mapping[str, int]
    pages_incomplete: int
    pages_described_elsewhere: int
    """Unchanged since a record that is not here: the earlier referrals tell what is on them."""
    undecided: Mapping[str, int]
    pictures_failed: Mapping[str, int]
    pictures_not_fetched: Mapping[str, int]
    hosts_not_fetched: Mapping[str, int]
    visits_without_end: int
    visits_without_gate: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """What it was made with. `senders` are the makers of the records; `opened_with` made this document of them."""

    senders: tuple[Sender, ...]
    tor_versions: tuple[str, ...]
    opened_with: str
    reacquisition: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordProof:
    """Where one record stands in the log."""

    record_id: str
    leaf_index: int
    kind: Literal["page", "visit", "amendment", "rejudged"]
    visit_id: str


@dataclass(frozen=True, slots=True)
class LogProof:
    """The log's signed checkpoint under which the records of one file were proven. `root` is 32 bytes."""

    origin: str
    tree_size: int
    root: bytes
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Integrity:
    """What was verified. `origin_proven` says that the recipient gave the scanner's key, and it signed all this."""

    scanner_key: bytes
    scanner_key_id: str
    origin_proven: bool
    results: tuple[Result, ...]
    checkpoints: tuple[LogProof, ...]
    records: tuple[RecordProof, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What people have done so far: nothing."""

    human_viewed: Literal[False]
    statement: str
    classification: Literal[""]


@dataclass(frozen=True, slots=True)
class Referral:
    """A whole referral. `images` are new findings, most urgent first; `updates` were referred before and were seen
    again; `others` were not decided, or matched too weakly to be referred, or are unknown and were kept by policy;
    `taken_back` were findings only for entries that `amendments` withdraw.
    """

    format: Literal["sightline-referral-1"]
    identity: Identity
    authority: tuple[Mandate, ...]
    recipient: Addressee
    images: Sequence[ImageReport]
    updates: Sequence[ImageReport]
    others: Sequence[ImageReport]
    taken_back: Sequence[ImageReport]
    identifiers: tuple[IdentifierReport, ...]
    leads: tuple[LeadReport, ...]
    mirrors: tuple[MirrorReport, ...]
    amendments: tuple[AmendmentReport, ...]
    rejudgements: tuple[RejudgementReport, ...]
    sites: tuple[SiteReport, ...]
    coverage: Coverage
    limits: Limits
    review: Review
    provenance: Provenance
    integrity: Integrity
