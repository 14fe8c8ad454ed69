"""A referral's reports on sites, visits and pages, and on what was not found. Part of `reports.referral.model`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from matcher.verdict import ListInForce
from reports.record.model import Counts, PageFacts
from reports.sighting import (
    ClockReading,
    Evidence,
    FailedPicture,
    Gating,
    LoggedFetch,
    NotFetched,
    RobotsSeen,
)


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
    """One page, once for each time that it was requested.

    If it was `unchanged`, `described_in` is the earlier record that describes it; empty if that is not here.
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
class CoverageGaps:
    """What this referral cannot say, counted. `page_notes` counts pages by remark: login forms, scripts, captchas."""

    pages_failed: Mapping[str, int]
    page_notes: Mapping[str, int]
    pages_left: int
    links_left: Mapping[str, int]
    pages_incomplete: int
    pages_described_elsewhere: int
    """Pages unchanged since a record that is not here: earlier referrals describe them."""
    undecided: Mapping[str, int]
    pictures_failed: Mapping[str, int]
    pictures_not_fetched: Mapping[str, int]
    hosts_not_fetched: Mapping[str, int]
    visits_without_end: int
    visits_without_gate: int
