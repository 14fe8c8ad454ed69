"""The services that all visits share, and the limits of one visit."""

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
from scanner.fetch.patience import PATIENCE, PatiencePolicy
from scanner.fetch.rate_limit import RateLimiters
from scanner.hash_lists.noisy_entries import HitCounter
from scanner.liveness.check import LivenessCheck
from scanner.page.port import PageReader
from scanner.referrals.recipients import Recipients
from scanner.schedule import policy as schedule
from scanner.tor.port import Tors
from scanner.visit.site_memory import DEFAULT_REVISIT, RevisitPolicy


@dataclass(frozen=True, slots=True)
class VisitLimits:
    """The limits of one visit. A target's own scope may be narrower, never wider."""

    seconds: float
    pages: int
    pictures: int
    pictures_at_once: int
    bytes: int
    cookies: bool
    """True if a visit keeps the cookies it receives, in memory, until it ends."""
    redirects: int
    page: Budget
    picture: Budget
    workers_killed: int = 8
    """End the visit after this many worker deaths, and count a strike against the site."""
    patience: PatiencePolicy = PATIENCE


@dataclass(frozen=True, slots=True)
class VisitServices:
    """The ports of a visit, and what all visits share."""

    permits: ListPermits
    rate_limits: RateLimiters
    fetcher: Fetcher
    reader: PageReader
    examiner: Examiner
    ledger: Ledger
    hits: HitCounter
    tor: Tors
    liveness: LivenessCheck
    clock: Clock
    limits: VisitLimits
    sender: Sender
    recipients: Recipients
    test: bool
    """True in a rehearsal: nothing is production."""
    retry: schedule.RetryPolicy
    confinement_absent: tuple[str, ...] = ()
    """Layers of the workers' confinement that are missing, as the operator accepts."""
    revisit: RevisitPolicy = DEFAULT_REVISIT
    """When a fetch is conditional on a change."""
    keeps_fingerprints: bool = False
    """True if the hashes of a page's pictures are kept, to be judged again when a hash list changes."""
    seconds: Seconds = monotonic
    """The clock of a visit's time budget; nobody sets it."""
    draw: Callable[[], float] = SystemRandom().random
    """The lot for closer review (docs/adr/0013): nobody can repeat it."""
