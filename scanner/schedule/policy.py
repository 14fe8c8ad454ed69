"""When a site is due again, and who goes first. Pure: instants in, instants out; the ledger remembers them.

- A site that answers is due again after its review interval; sooner under closer review.
- One that fails is tried again soon, because most outages are short, and then after waits that double up to the longest
  one, because half of all onion services live ten days or less (arXiv 1811.01348). One that has never answered begins
  with a longer wait: of those found, 71 in 100 never do. Jitter keeps sites that failed together apart; it only ever
  shortens a wait.
- One whose visits had to be ended because they killed worker after worker is quarantined: tried again after a long
  wait, which doubles. A site must not buy itself peace for ever by being hostile.
- Closer review (docs/adr/0013) comes by what was found or by lot, and stays: whoever sees that a site has it, or holds
  every key of this scanner, cannot tell which.

What is on no list in force is not due at all: permits see to that at every instant. Deterministic in its arguments.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from reports.ledger.ledger import QueueLane, ScheduledSite

_JITTER: Final = 0.5
"""The part of a wait that jitter may take away."""
_DOUBLINGS_MAX: Final = 20
"""From the shortest first wait that the settings allow (a minute) beyond the longest one (a year)."""
NEVER_UP_DOUBLINGS: Final = 4
"""The first wait of a site that has never answered is that of one that did, doubled so often."""

UNKNOWN_WAIT: Final = timedelta(minutes=1)
"""After a visit that says nothing of its site, because our own tor was not well."""

CLOSER_SHARE: Final = 0.5
"""A closer review comes after this part of the review interval."""
CLOSER_AT_FIRST: Final = 1 / 4
"""How many sites come under closer review by lot when they are first reached; docs/adr/0013 says why."""
CLOSER_LATER: Final = 1 / 128
"""And at each later visit that reaches them."""
CLOSER_UNTIL: Final = 64
"""After so many visits that reached it no site comes under closer review any more, whatever is found."""

HEAD_START: Final = MappingProxyType(
    {
        QueueLane.URGENT: timedelta(days=30),
        QueueLane.NEW: timedelta(days=3),
        QueueLane.PRIORITY: timedelta(days=1),
        QueueLane.ROUTINE: timedelta(),
    }
)
"""So much longer may a site of the last lane have been due and still wait: lanes come first, but nobody starves."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How quickly failing sites are tried again, and hostile ones. `seed` keeps the jitter of two scanners apart."""

    retry_first: timedelta
    retry_most: timedelta
    strikes: int = 3
    """Visits in a row that killed too many workers: then the site is quarantined."""
    quarantine_first: timedelta = timedelta(days=7)
    quarantine_most: timedelta = timedelta(days=56)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SiteHistory:
    """What must be remembered of one listed site; see `reports.ledger.ledger.Site`."""

    list_id: str
    address: str
    due: datetime
    failures: int = 0
    visited: datetime | None = None
    reached: int = 0
    strikes: int = 0
    closer: bool = False
    quarantined_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class VisitObservation:
    """What a visit showed of its site. `reached` says whether it answered at all.

    `lot` is drawn for each visit, evenly from [0, 1), from a source that nobody can repeat; 1 wins nothing.
    """

    reached: bool
    strike: bool = False
    """Whether it had to be ended because it killed too many workers."""
    beside_known: bool = False
    """Whether an unknown picture stood beside known ones."""
    lot: float = 1.0


def state_of(site: ScheduledSite) -> SiteHistory:
    """The ledger's row, as the schedule sees it."""
    return SiteHistory(
        list_id=site.key.list_id,
        address=site.key.address,
        due=site.due,
        failures=site.failures,
        visited=site.last_visit,
        reached=site.reached,
        strikes=site.strikes,
        closer=site.closer,
        quarantined_until=site.quarantined_until,
    )


def after_visit(
    site: SiteHistory, ended: datetime, review: timedelta, pace: RetryPolicy, seen: VisitObservation
) -> SiteHistory:
    """The site's state after a visit that ended at `ended`; `review` is its list's review interval."""
    closer = site.closer or _comes_closer(site, seen)
    strikes = site.strikes + 1 if seen.strike else site.strikes * (not seen.reached)
    after = replace(
        site,
        failures=0 if seen.reached else site.failures + 1,
        visited=ended,
        reached=site.reached + seen.reached,
        strikes=strikes,
        closer=closer,
        quarantined_until=ended + _quarantine(strikes, pace) if seen.strike and strikes >= pace.strikes else None,
    )
    return replace(after, due=after.quarantined_until or ended + _wait(after, review, pace))


def retry_wait(address: str, failures: int, pace: RetryPolicy, *, was_up: bool = True) -> timedelta:
    """How long to wait after so many failures in a row (one or more)."""
    doublings = min(failures - 1 + (0 if was_up else NEVER_UP_DOUBLINGS), _DOUBLINGS_MAX)
    longest = min(pace.retry_first * (1 << doublings), pace.retry_most)
    return longest * (1 - _JITTER * _fraction(address, failures, pace.seed))


def choose(due: Iterable[ScheduledSite], room: int) -> tuple[ScheduledSite, ...]:
    """Which of the sites that are due are visited now: by lane and how long they wait, each address once."""
    ranked = sorted(due, key=lambda site: (site.due - HEAD_START[site.lane], site.lane, site.key))
    chosen: dict[str, ScheduledSite] = {}
    for site in ranked:
        if len(chosen) == room:
            break
        chosen.setdefault(site.key.address, site)
    return tuple(chosen.values())


def _comes_closer(site: SiteHistory, seen: VisitObservation) -> bool:
    if not seen.reached or site.reached >= CLOSER_UNTIL:
        return False
    return seen.beside_known or seen.lot < (CLOSER_AT_FIRST if site.reached == 0 else CLOSER_LATER)


def _wait(site: SiteHistory, review: timedelta, pace: RetryPolicy) -> timedelta:
    if site.failures:
        return retry_wait(site.address, site.failures, pace, was_up=site.reached > 0)
    return review * CLOSER_SHARE if site.closer else review


def _quarantine(strikes: int, pace: RetryPolicy) -> timedelta:
    doublings = min(strikes - pace.strikes, _DOUBLINGS_MAX)
    return min(pace.quarantine_first * (1 << doublings), pace.quarantine_most)


def _fraction(address: str, failures: int, seed: int) -> float:
    """Evenly spread in [0, 1)."""
    digest = sha256(f"{seed} {failures} {address}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48
