"""When a site is due again. Pure: instants in, instants out; the ledger remembers them and orders what is due.

While a site answers it is due again after its review interval. When a visit fails it is tried again soon, because most
failures pass, and then after waits that double up to the longest one, because half of all onion services live ten days
or less (arXiv 1811.01348). Jitter keeps sites that failed together apart; it only ever shortens a wait. Deterministic
in address, attempt and seed. What is on no list in force is not due at all: permits see to that at every instant.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

_JITTER: Final = 0.5
"""The part of a wait that jitter may take away."""
_DOUBLINGS_MAX: Final = 20
"""From the shortest first wait that the settings allow (a minute) beyond the longest one (a year)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly failing sites are tried again. `seed` keeps the jitter of two scanners apart."""

    retry_first: timedelta
    retry_most: timedelta
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SiteState:
    """What must be remembered of one listed site. `failures` counts the failed visits since the last good one.

    `visited` is the end of the last visit; None for a new site, which is due at once.
    """

    list_id: str
    address: str
    due: datetime
    failures: int = 0
    visited: datetime | None = None


def after_visit(site: SiteState, ended: datetime, review: timedelta, pace: Pace, *, reached: bool) -> SiteState:
    """The site's state after a visit that ended at `ended`; `reached` says whether the site answered at all."""
    failures = 0 if reached else site.failures + 1
    wait = review if reached else retry_wait(site.address, failures, pace)
    return replace(site, due=ended + wait, failures=failures, visited=ended)


def retry_wait(address: str, failures: int, pace: Pace) -> timedelta:
    """How long to wait after so many failures in a row (one or more)."""
    doublings = min(failures - 1, _DOUBLINGS_MAX)
    longest = min(pace.retry_first * (1 << doublings), pace.retry_most)
    return longest * (1 - _JITTER * _fraction(address, failures, pace.seed))


def _fraction(address: str, failures: int, seed: int) -> float:
    """Evenly spread in [0, 1)."""
    digest = sha256(f"{seed} {failures} {address}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48
