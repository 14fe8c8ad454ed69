"""A referral's report on one picture and its sightings. Part of `reports.referral.model`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from matcher.fingerprint import UndecidedReason
from matcher.verdict import Match, Tier
from reports.record.model import Image
from reports.record.priority import Priority
from reports.record.standing import Standing
from reports.sighting import (
    ClockReading,
    Hop,
    LoggedFetch,
    Place,
)
from reports.store.values import Novelty


class StillUp(StrEnum):
    """Whether a picture was still at its place, as far as these records tell."""

    YES = "yes, when its page was last read"
    NO = "no, it was gone when its page was last read"
    NOT_KNOWN = "not known: it is described only beside known pictures"


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
    """With the openings of the log's entries: proof of when its address was fetched, for a holder of the log."""


@dataclass(frozen=True, slots=True)
class ImageReport:
    """One picture, by its SHA-256, with everything that is known of it.

    `cluster` numbers pictures whose PDQ hashes lie within 31 bits of each other; 0 for a lone one. `human_viewed` is
    always false and `classification` always empty: both are the recipient's to decide.
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
    """The number of pictures in its cluster, this one included; 0 for a lone one."""
    cluster_sites: int = 0
    """On how many sites they were seen together."""
    human_viewed: Literal[False] = False
    classification: Literal[""] = ""
