"""The progress of a visit, and what follows from it: the outcome, and when the site is due again.

A failure of our own tor is never blamed on the site, and a site that answers, however badly, is up.
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
"""The outcomes of visits; a page that no worker could read adds a cause of its kind."""
_NOT_ITS_FAULT = frozenset((SiteState.UNKNOWN, SiteState.UP))
"""The state after a visit without a sign of life that is repeated soon, and does not count."""


@dataclass(slots=True)
class VisitProgress:
    """The state of a visit so far. `read_earlier` counts the pages that its parts before a cut have read."""

    worker_deaths_most: int
    read_earlier: int
    pages_read: int = 0
    causes: list[str] = field(default_factory=list)
    """The cause of each page that failed."""
    forbidden: set[str] = field(default_factory=set)
    """Links that robots.txt forbade."""
    given_back: bool = False
    """True if our own tor failed, or the visit was stopped before its end: the site stays due."""
    put_off_seconds: float = 0.0
    """The time for which the rest of the visit is put off, because the site asked to wait."""
    cut: bool = False
    """True once a page was cut: neither it nor a page after it can be resumed after."""
    killer_pages: set[str] = field(default_factory=set)
    """The pages at which a confined worker died or was killed, by URL."""
    killer_pictures: set[bytes] = field(default_factory=set)
    """The pictures at which one did, by SHA-256."""
    beside_known: bool = False
    """True if an unknown picture stood beside known ones: in memory only, and hidden by a lot (docs/adr/0013)."""

    @property
    def worker_deaths(self) -> int:
        """The number of pages and pictures at which a worker died."""
        return len(self.killer_pages) + len(self.killer_pictures)

    @property
    def too_many_worker_deaths(self) -> bool:
        """True if so many workers died that the visit must end."""
        return self.worker_deaths >= self.worker_deaths_most

    @property
    def any_read(self) -> bool:
        """True if a page was read, by this visit or an earlier part of it."""
        return self.pages_read > 0 or self.read_earlier > 0

    def cause(self) -> str | None:
        """Return why the site gave no sign of life; empty if it gave one, None if nothing was requested."""
        alive = self.any_read or bool(self.forbidden) or any(cause in ALIVE for cause in self.causes)
        return "" if alive else next(iter(self.causes), None)

    def outcome(self) -> str:
        """Return the outcome: visited, given back, or the cause that prevented the visit."""
        if self.given_back:
            return FailureCause.ASKED_TO_WAIT.value if self.put_off_seconds else GIVEN_BACK
        if self.any_read:
            return VISITED
        return next(iter(self.causes), (Trap.ROBOTS if self.forbidden else FailureCause.NOT_LISTED).value)

    def failed(self, evidence: Evidence) -> bool:
        """Return True if the site gave no sign of life while our own tor was well."""
        return not self.given_back and bool(self.cause()) and evidence.state not in _NOT_ITS_FAULT

    def due(
        self, site: ScheduledSite, ended: datetime, review: timedelta, evidence: Evidence, services: VisitServices
    ) -> tuple[datetime, Footing | None]:
        """Return when the site is due: after its interval, sooner while it fails, at once if given back."""
        if self.given_back or not (self.any_read or self.causes or self.forbidden):
            return ended + timedelta(seconds=self.put_off_seconds), None
        if self.cause() and evidence.state in _NOT_ITS_FAULT:
            ill = evidence.first is not None and not evidence.first.tor_healthy
            return ended + (schedule.UNKNOWN_WAIT if ill else services.retry.retry_first), None
        observed = schedule.VisitObservation(
            not self.failed(evidence), self.too_many_worker_deaths, self.beside_known, services.draw()
        )
        after = schedule.after_visit(schedule.state_of(site), ended, review, services.retry, observed)
        down = evidence.state is SiteState.DOWN
        return after.due, Footing(after.strikes, after.closer, after.quarantined_until, down)


def says_nothing(end: VisitEnd) -> bool:
    """Return True if a visit is unfinished, or failed while our own tor was not well: its site is soon due again."""
    first = end.evidence.first
    unknown = first is not None and bool(first.cause) and end.evidence.state is SiteState.UNKNOWN
    return end.outcome in {GIVEN_BACK, FailureCause.ASKED_TO_WAIT.value} or unknown


def counts(visit: Visit, end: VisitEnd) -> VisitCounts:
    """Return what the site's history keeps of a visit."""
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
