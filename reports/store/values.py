"""What the ledger takes and gives. Plain values: no rows, no database types.

Everything that speaks of a site is keyed by its authority list and its onion address; everything that speaks of a visit
carries the claim under which it was made, so that a worker that was given up for dead can write nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

A_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, order=True)
class SiteKey:
    """One target of one authority list. `address` is the onion address: 56 characters and `.onion`."""

    list_id: str
    address: str


class Urgency(IntEnum):
    """The authority's urgency for a site."""

    URGENT = 0
    PRIORITY = 1
    ROUTINE = 2


class QueueLane(IntEnum):
    """In which queue a site waits. `PRIORITY` holds those under closer review as well (docs/adr/0013)."""

    URGENT = 0
    NEW = 1
    """Listed, and never visited."""
    PRIORITY = 2
    ROUTINE = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """When a site is visited: its list's terms, and the longest waits allowed."""

    urgency: Urgency
    review: timedelta
    """How long after a good visit it is due again."""
    retry_most: timedelta = A_YEAR
    """While it fails."""
    quarantine_most: timedelta = A_YEAR


@dataclass(frozen=True, slots=True)
class ScheduledSite:
    """One row of the schedule, as of its reading.

    `failures` counts failed visits since the last good one. `last_outcome` is empty before the first visit. `attempt`
    counts every claim ever made of this site. `held_by` is the visit that holds the address now, or empty. `reached`
    counts the visits at which it answered, `last_up` is the end of the last of them; `strikes` the visits in a row that
    ended because they killed too many workers. `down`: the last visit proved it. A `retired` site is on no list in
    force.
    """

    key: SiteKey
    due: datetime
    failures: int
    last_outcome: str
    last_visit: datetime | None
    attempt: int
    held_by: str
    last_up: datetime | None = None
    reached: int = 0
    strikes: int = 0
    closer: bool = False
    paused: bool = False
    quarantined_until: datetime | None = None
    down: bool = False
    urgency: Urgency = Urgency.ROUTINE
    lane: QueueLane = QueueLane.ROUTINE
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Footing:
    """A visit's changes to its site's row, apart from its due time (`scanner.schedule.policy` decides them)."""

    strikes: int = 0
    closer: bool = False
    quarantined_until: datetime | None = None
    down: bool = False
    """Whether the visit proved that the site is down: no failure alone does."""


@dataclass(frozen=True, slots=True)
class VisitEnding:
    """How a visit ended, and when its site is due next. Without a footing it was given back."""

    outcome: str
    ended: datetime
    next_due: datetime
    failed: bool
    footing: Footing | None


@dataclass(frozen=True, slots=True)
class VisitCounts:
    """What the history keeps of a visit beyond its outcome. Nothing about findings.

    `workers_killed` counts the pages and pictures at which a confined worker died or was killed. `tor_healthy` is of
    the visit's end and, if the site gave no sign of life, of that moment; `unknown`: the visit changed nothing in what
    is known of the site.
    """

    started: datetime
    pages_read: int
    pages_failed: int
    pages_left: int
    received_bytes: int
    workers_killed: int
    tor_healthy: bool
    canary_silent: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one URL (`reports.store.rows.page_memory`). The scanner alone reads `body`."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    expires: datetime
    destroy_by: datetime | None = None
    editions: bytes | None = None
    """For kept fingerprints: a token of the lists that judged them."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of a visit in its site's row (without a footing: given back) and in its history."""

    footing: Footing | None = field(default_factory=Footing)
    counts: VisitCounts | None = None
    cut: bool = False
    """True if the visit was interrupted: its entries then stay for the next one to resume from."""
    memories: tuple[Memory, ...] = ()


@dataclass(frozen=True, slots=True)
class PastVisit:
    """One visit of a site's history. `outcome` is `visited`, or the class of its failure."""

    attempt: int
    ended: datetime
    outcome: str
    failed: bool
    down: bool
    counts: VisitCounts


@dataclass(frozen=True, slots=True)
class Claim:
    """The exclusive right to visit one address. `attempt` is its fencing number: a later claim has a higher one."""

    key: SiteKey
    run_id: str
    visit_id: str
    attempt: int


class FetchPurpose(StrEnum):
    """What a fetch is for."""

    PAGE = "page"
    PICTURE = "picture"
    REDIRECT = "redirect"
    EVIDENCE = "evidence"
    """A second tor checks whether a site that failed answers."""
    CANARY = "canary"
    """A service that is known to be up is fetched, to check our own tor."""
    ROBOTS = "robots.txt"


@dataclass(frozen=True, slots=True)
class Intent:
    """One fetch that is about to be made. `address` is the onion address asked (a permit's `address`).

    The URL itself is never written: the log holds a commitment to it, which `Ledger.opening` opens.
    """

    url: str = field(repr=False)
    purpose: FetchPurpose
    address: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How the fetch of one intent ended. `outcome` is `answered` or the failure's class; `status` 0: no answer."""

    intent_leaf: int
    outcome: str
    status: int
    received_bytes: int
    started: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class SightingKey:
    """One picture at one place: the SHA-256 of its bytes (32 bytes) and its exact URL (the page's if inline).

    `standing` is its standing there (`reports.record.standing.Standing`): a picture that was unknown and is known now
    was not referred before as what it is now.
    """

    sha256: bytes = field(repr=False)
    url: str = field(repr=False)
    standing: str = field(default="", repr=False)
    cited: tuple[str, ...] = field(default=(), repr=False)
    """The entries that it matched, by `cited_entry`."""


def cited_entry(issuer: str, entry_id: str) -> str:
    """Return the form in which a hash list's entry is remembered."""
    return f"{issuer}\n{entry_id}"


@dataclass(frozen=True, slots=True)
class Addressed:
    """One record on its way to one recipient (an age recipient), with its sightings.

    `destroy_by` is its destruction date here, if its mandate sets one.
    """

    recipient: str
    record: bytes = field(repr=False)
    sightings: tuple[SightingKey, ...] = field(default=(), repr=False)
    destroy_by: datetime | None = None
    entries: tuple[int, ...] = ()
    """The leaves of its page's fetches, every one, in order: they go with it in its referral."""


@dataclass(frozen=True, slots=True)
class PageEnd:
    """The end of a page: its fetches' outcomes, its records, and what is remembered of it.

    `trail` is the entry that a later visit resumes from. `since` are the earlier records (leaf by recipient) that
    describe what is remembered; None: those of `addressed`.
    """

    conclusions: Sequence[Conclusion]
    addressed: Sequence[Addressed] = ()
    trail: bytes | None = field(default=None, repr=False)
    memories: Sequence[Memory] = field(default=(), repr=False)
    since: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Novelty:
    """What is known of a sighting from before. `first_seen` and `last_seen` are None if it was never seen.

    `picture_seen_before`: the same bytes were seen, here or elsewhere. `referred_before`: the record of an earlier
    sighting of the same picture at the same place, with the same standing, has gone out to the same recipient.
    """

    first_seen: datetime | None
    last_seen: datetime | None
    times_seen: int
    picture_seen_before: bool
    referred_before: bool
    answered: str = ""
    """This recipient's answer about the picture (`reports.answers.Said`), or nothing."""
    disputed: bool = False
    """Whether an entry that it matches was called wrong by recipients more often than it was acted on."""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One sealed record. `record_id` is the SHA-256 of `sealed` in hex: it stands in the log at `leaf_index`.

    `recipient` is the only age recipient that it is sealed to; `destroy_by` as in `Addressed`.
    """

    record_id: str
    recipient: str
    created: datetime
    sealed: bytes = field(repr=False)
    leaf_index: int
    destroy_by: datetime | None = None
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What was destroyed on its date. `unsent` of the `records` had gone out in no referral."""

    destroy_by: datetime
    records: int
    unsent: int
    referrals: tuple[str, ...]
    """Those in which any of them went out: they cannot be written again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One referral that was made. `file_sha256` is empty until its file is known to be whole on the disk."""

    referral_id: str
    recipient: str
    made: datetime
    records: int
    file_sha256: str
