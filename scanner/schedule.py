"""When a site is due. Pure: instants in, instants out; the table that remembers them lives elsewhere.

While a site is up it is due again after its review interval. When a visit fails it is tried again soon, then at ever
longer waits (doubling, with jitter, never beyond the longest wait nor the review interval's place for a site that is
up). Nothing is due outside the validity of the list that names it. Deterministic in (address, attempt, seed).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly failing sites are tried again. `seed` keeps the jitter of two scanners apart."""

    retry_first: timedelta
    retry_most: timedelta
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SiteState:
    """What must be remembered of one listed site. A new site has never been visited and is due at once.

    `failures` counts the failed visits since the last good one. `visited` is the end of the last visit.
    """

    list_id: str
    address: str
    due: datetime
    failures: int = 0
    visited: datetime | None = None
    last_up: datetime | None = None


def after_visit(site: SiteState, ended: datetime, review: timedelta, pace: Pace, *, reached: bool) -> SiteState:
    """The site's state after a visit that ended at `ended`; `reached` says whether the site answered at all."""
    raise NotImplementedError


def due_order(sites: Iterable[SiteState], now: datetime) -> list[SiteState]:
    """Those due at `now`, the one that has waited longest first; equal ones by address."""
    raise NotImplementedError
