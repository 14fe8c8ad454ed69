"""The course of a visit, and what follows from it: what the site is held to be, and when it is due again.

A failure of our own tor is never laid at the site's door, and a site that answers, however badly, is up.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reports.ledger.ledger import Footing, ScheduledSite, VisitCounts
from reports.sighting import Evidence, SiteState, Visit, VisitEnd
from scanner.crawl.traps import Trap
from scanner.exchange.failure import FailureCause
from scanner.liveness.assess import ALIVE, canary_silent, tor_healthy
from scanner.schedule import policy as schedule
from scanner.visit.services import VisitServices

VISITED = "visited"
GIVEN_BACK = "given back"
OUTCOMES = frozenset({VISITED, GIVEN_BACK, Trap.ROBOTS.value, *(cause.value for cause in FailureCause)})
"""Of visits. A page that no worker could read adds its own."""
_NOT_ITS_FAULT = frozenset((SiteState.UNKNOWN, SiteState.UP))
"""Of a visit that gave no sign of life: it is made again soon, and does not count."""


@dataclass(slots=True)
class VisitProgress:
    """What has happened in a visit so far. `read_earlier`: pages that a part of it read before it was cut."""

    workers_killed_most: int
    read_earlier: int
    pages_read: int = 0
    causes: list[str] = field(default_factory=list)
    """The class of each page that failed."""
    forbidden: set[str] = field(default_factory=set)
    """Links that robots.txt kept us from."""
    given_back: bool = False
    """Whether our own tor failed, or the visit was stopped before it was whole: the site stays due."""
    cut: bool = False
    """Whether a page was cut: neither it nor a page after it leaves a trail."""
    killers: set[str | bytes] = field(default_factory=set)
    """The pages and pictures at which a confined worker died or had to be killed."""
    beside_known: bool = False
    """Whether an unknown picture stood beside known ones: in memory only, and drowned in a lot (docs/adr/0013)."""

    @property
    def strike(self) -> bool:
        """Whether so many workers died that the visit must end."""
        return len(self.killers) >= self.workers_killed_most

    @property
    def any_read(self) -> bool:
        """Whether this visit has read a page, or the earlier part of it had."""
        return self.pages_read > 0 or self.read_earlier > 0

    def cause(self) -> str | None:
        """Why the site gave no sign of life; empty when it gave one, None when it was not asked."""
        alive = self.any_read or bool(self.forbidden) or any(cause in ALIVE for cause in self.causes)
        return "" if alive else next(iter(self.causes), None)

    def outcome(self) -> str:
        """The visit in a word: visited, given back, or the class of what kept it from being a visit."""
        if self.given_back:
            return GIVEN_BACK
        if self.any_read:
            return VISITED
        return next(iter(self.causes), (Trap.ROBOTS if self.forbidden else FailureCause.NOT_LISTED).value)

    def failed(self, evidence: Evidence) -> bool:
        """Whether the site gave no sign of life, our own tor being well."""
        return not self.given_back and bool(self.cause()) and evidence.state not in _NOT_ITS_FAULT

    def due(
        self, site: ScheduledSite, ended: datetime, review: timedelta, evidence: Evidence, world: VisitServices
    ) -> tuple[datetime, Footing | None]:
        """After its review interval when the site was up, sooner while it fails, at once when it was given back."""
        if self.given_back or not (self.any_read or self.causes or self.forbidden):
            return ended, None
        if self.cause() and evidence.state in _NOT_ITS_FAULT:
            ill = evidence.first is not None and not evidence.first.tor_healthy
            return ended + (schedule.UNKNOWN_WAIT if ill else world.retry.retry_first), None
        seen = schedule.VisitObservation(not self.failed(evidence), self.strike, self.beside_known, world.lot())
        after = schedule.after_visit(schedule.state_of(site), ended, review, world.retry, seen)
        down = evidence.state is SiteState.DOWN
        return after.due, Footing(after.strikes, after.closer, after.quarantined_until, down)


def says_nothing(end: VisitEnd) -> bool:
    """Whether a visit leaves its site as unknown as it was: given back, or failed while our own tor was not well."""
    first = end.evidence.first
    asked_in_vain = first is not None and bool(first.cause) and end.evidence.state is SiteState.UNKNOWN
    return end.outcome == GIVEN_BACK or asked_in_vain


def counts(visit: Visit, end: VisitEnd) -> VisitCounts:
    """What the site's history keeps of a visit."""
    first = end.evidence.first
    return VisitCounts(
        started=visit.started,
        pages_read=end.pages_read,
        pages_failed=end.pages_failed,
        pages_left=end.pages_left,
        received_bytes=end.received_bytes,
        workers_killed=end.workers_killed,
        tor_healthy=end.tor_healthy and (first is None or not first.cause or tor_healthy(first)),
        canary_silent=first is not None and canary_silent(first),
        unknown=end.outcome == GIVEN_BACK or end.evidence.state is SiteState.UNKNOWN,
    )
