"""The schedule's rules: when a site is due again, and which site goes first. Pure: the ledger keeps the instants.

- A site that answers is due again after its review interval, or sooner under closer review.
- A failing site is retried soon, because most outages are short, and then after waits that double up to the longest
  one, because half of all onion services live ten days or less (arXiv 1811.01348). A site that has never answered
  begins with a longer wait: of those found, 71 in 100 never do. Jitter keeps sites apart that failed together; it only
  shortens a wait.
- A site whose visits ended because it killed worker after worker is quarantined: it is retried after a long wait,
  which doubles. Hostility must not buy a site peace for ever.
- Closer review (docs/adr/0013) comes by finding or by lot, and stays. An observer who sees it, even one with every key
  of this scanner, cannot tell which.

A site on no list in force is never due: permits enforce that. Deterministic in its arguments.
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
"""A site that has never answered begins with the first wait of one that did, doubled this many times."""

UNKNOWN_WAIT: Final = timedelta(minutes=1)
"""The wait after a visit that says nothing about its site because our own tor was ill."""

CLOSER_SHARE: Final = 0.5
"""The share of the review interval after which a closer review is due."""
CLOSER_AT_FIRST: Final = 1 / 4
"""One site in this many comes under closer review by lot when first reached (docs/adr/0013)."""
CLOSER_LATER: Final = 1 / 128
"""And at each later visit that reaches them."""
CLOSER_UNTIL: Final = 64
"""After this many visits that reached it, a site no longer comes under closer review, whatever is found."""

HEAD_START: Final = MappingProxyType(
    {
        QueueLane.URGENT: timedelta(days=30),
        QueueLane.NEW: timedelta(days=3),
        QueueLane.PRIORITY: timedelta(days=1),
        QueueLane.ROUTINE: timedelta(),
    }
)
"""How much longer a site of a lower lane may have been due and still wait: lanes order, but nobody starves."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The waits of failing and of hostile sites. `seed` makes the jitter of two scanners differ."""

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
    """What a visit showed of its site. `reached`: it answered at all.

    `lot` is drawn for each visit, evenly from [0, 1), from a source that nobody can repeat; 1 never wins.
    """

    reached: bool
    strike: bool = False
    """True if the visit ended because the site killed too many workers."""
    beside_known: bool = False
    """True if an unknown picture stood next to known ones."""
    lot: float = 1.0


def state_of(site: ScheduledSite) -> SiteHistory:
    """Return the ledger's row as the schedule sees it."""
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
    """Return the site's state after a visit that ended at `ended`; `review` is its list's review interval."""
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
    """Return the wait after this many failures in a row (one or more)."""
    doublings = min(failures - 1 + (0 if was_up else NEVER_UP_DOUBLINGS), _DOUBLINGS_MAX)
    longest = min(pace.retry_first * (1 << doublings), pace.retry_most)
    return longest * (1 - _JITTER * _fraction(address, failures, pace.seed))


def choose(due: Iterable[ScheduledSite], room: int) -> tuple[ScheduledSite, ...]:
    """Return the due sites to visit now, by lane and waiting time, each address once."""
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
