"""The form of a referral: what the recipient reads, as canonical JSON. It follows the image, then the sites.

Published as reports/schema/referral-1.schema.json, which is written independently of these dataclasses and tested
against them. Everything here is made on the recipient's side, from records whose signatures and proofs held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from reports.bundle.bundle import Addressee
from reports.bundle.checks import Result
from reports.record.model import Sender
from reports.referral.annex_model import AmendmentReport, IdentifierReport, LeadReport, MirrorReport, RejudgementReport
from reports.referral.image_model import ImageReport
from reports.referral.site_model import Coverage, CoverageGaps, SiteReport
from reports.sighting import Mandate

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
class Provenance:
    """The programs behind it. `senders` made the records; `opened_with` made this document of them."""

    senders: tuple[Sender, ...]
    tor_versions: tuple[str, ...]
    opened_with: str
    reacquisition: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordProof:
    """One record's place in the log."""

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
    """The verification. `origin_proven`: the recipient gave the scanner's key, and it signed all this."""

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
    """A whole referral. `images` are new findings, most urgent first.

    `updates` were referred before and seen again. `others` were not decided, matched too weakly to be referred, or are
    unknown and kept by policy. `taken_back` were findings only for entries that `amendments` withdraw.
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
    limits: CoverageGaps
    review: Review
    provenance: Provenance
    integrity: Integrity
