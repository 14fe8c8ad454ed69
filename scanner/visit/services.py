"""What every visit reaches the world through: the ports, what visits share, and what one of them may cost."""

from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom
from time import monotonic

from config.clock import Clock, Seconds
from matcher.verdict import Examiner
from reports.ledger.ledger import Ledger
from reports.record.build import Sender
from scanner.authority.permit import ListPermits
from scanner.exchange.port import Budget, Fetcher
from scanner.fetch.rate_limit import RateLimiters
from scanner.hash_lists.noisy_entries import HitCounter
from scanner.liveness.check import LivenessCheck
from scanner.page.port import PageReader
from scanner.referrals.recipients import Recipients
from scanner.schedule import policy as schedule
from scanner.tor.port import Tors
from scanner.visit.site_memory import DEFAULT_TRUST, RevisitPolicy


@dataclass(frozen=True, slots=True)
class VisitLimits:
    """What one visit may cost. A target's own scope may be narrower, never wider."""

    seconds: float
    pages: int
    pictures: int
    pictures_at_once: int
    bytes: int
    cookies: bool
    """Whether a visit keeps the cookies that it is given, in memory, until it ends."""
    redirects: int
    page: Budget
    picture: Budget
    workers_killed: int = 8
    """So many dead workers end the visit, and count as a strike against the site."""


@dataclass(frozen=True, slots=True)
class VisitServices:
    """The ports that a visit reaches the world through, and what all visits share."""

    permits: ListPermits
    paces: RateLimiters
    fetcher: Fetcher
    reader: PageReader
    examiner: Examiner
    ledger: Ledger
    hits: HitCounter
    tor: Tors
    looking: LivenessCheck
    clock: Clock
    limits: VisitLimits
    sender: Sender
    audience: Recipients
    test: bool
    """Whether everything is a test and not production."""
    retry: schedule.RetryPolicy
    confinement_absent: tuple[str, ...] = ()
    """Layers of the workers' confinement that are not in force, which the operator accepts."""
    trust: RevisitPolicy = DEFAULT_TRUST
    """When a site is asked only for what has changed."""
    keeps_fingerprints: bool = False
    """Whether the hashes of a page's pictures are kept, to be judged again when a hash list changes."""
    seconds: Seconds = monotonic
    """What a visit's time is measured by."""
    lot: Callable[[], float] = SystemRandom().random
    """What is drawn for closer review (docs/adr/0013): nobody can repeat it."""
