"""One visit of one listed site: the main path, from top to bottom like the flow in docs/architecture.md.

- Every fetch has a permit minted for it, and an intent in the log that is durable before the first byte leaves.
- What comes from the site is `untrusted_*`, lives in memory, and goes no farther than this module's callees.
- Each page ends as one sealed record, findings or not; the visit ends as one more (docs/adr/0001, 0002).
- A failure of our own tor is never laid at the site's door: the visit is given back, and the site stays due.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event

from reports.ledger.ledger import Addressed, Claim, PageEnd, Remembered, ScheduledSite
from reports.record.build import fetch_entries, page_record, sighting_keys, visit_record
from reports.record.standing import Standing
from reports.sighting import Evidence, Visit, VisitEnd
from scanner.authority.list_store import Listing
from scanner.authority.permit import Permits
from scanner.crawl.frontier import Crawl, CrawlStep
from scanner.fetch.batch import FetchBatch
from scanner.fetch.visit_budget import Exhausted
from scanner.fetch.visit_fetches import VisitFetches
from scanner.liveness.check import FailedVisit
from scanner.referrals.recipients import RecipientRule
from scanner.visit.lookahead import in_order
from scanner.visit.page_outcome import PageOutcome, Pages
from scanner.visit.page_steps import PageSteps, PendingPage, RequestedPage
from scanner.visit.progress import VisitProgress, counts
from scanner.visit.resume import ResumeEntry, ResumePoint, write
from scanner.visit.robots import Robots
from scanner.visit.services import VisitServices
from scanner.visit.site_memory import SiteMemory


@dataclass(slots=True)
class SiteVisit:
    """One visit under way. Use `run` once. `scanner.visit.setup` makes it."""

    visit: Visit
    listing: Listing
    site: ScheduledSite
    claim: Claim
    world: VisitServices
    stop: Event
    crawl: Crawl
    permits: Permits
    fetching: VisitFetches
    departures: FetchBatch
    asking: PageSteps
    pages: Pages
    robots: Robots
    memory: SiteMemory
    course: VisitProgress
    bell: Event
    """Rung when a page or a picture came."""
    earlier: ResumePoint
    """What was read of the site by a visit that was cut, and that this one goes on from."""

    def run(self) -> VisitEnd:
        """Page by page, until the scope or a budget is spent, our own tor fails, or `stop` is set.

        While the pictures of one come, those after it are asked for.
        """
        self._begin()
        asking, leave = self.asking, self.departures.leave
        for page in in_order(self._ask, asking.read, leave, self.pages.pictures.room, self.bell):
            self._seal(page, asking.told(page))
        return self._end()

    def _begin(self) -> None:
        """At the start pages, or where an earlier part of the visit was cut."""
        if self.robots.obeyed:
            self.robots.ask()
            self.robots.read()
            self.world.ledger.conclude(self.claim, self.fetching.journal.drain())
        starts = [f"http://{self.visit.address}{path}" for path in self.listing.target.start_paths]
        self.crawl.start(self.asking.not_forbidden(starts))
        steps = ((CrawlStep(entry.url, entry.depth), entry.found) for entry in self.earlier.entries)
        if self.earlier.last:
            self.crawl.resume(steps, self.earlier.last.refused)

    def _ask(self) -> RequestedPage | None:
        """Send for the next page, if there is to be one."""
        self.course.given_back |= self.stop.is_set()
        over = self.course.given_back or self.fetching.spending.over() or self.course.strike or self._unlisted()
        step = None if over else self.crawl.next()
        return None if step is None else self.asking.ask(step)

    def _unlisted(self) -> bool:
        """Whether no list in force names the site any more: the end of its list ends a visit."""
        return not self.world.permits.listed(self.visit.address, self.world.clock())

    def _seal(self, page: PendingPage, read: PageOutcome) -> None:
        """The page's record for each recipient, the outcomes of its fetches, and the trail: one transaction.

        A page that is as it was waits for another's: nothing in it hurries. A page whose reading was cut leaves no
        trail, nor do those after it: they are read again.
        """
        read = replace(read, seen=replace(read.seen, fetches=self.fetching.drain(page.turn)))
        addressed = [self._addressed(read, told) for told in self.world.audience.of(self.visit.mandate)]
        keys = (key for to in addressed for key in to.sightings)
        self.course.beside_known |= any(key.standing == Standing.UNKNOWN_BESIDE_KNOWN for key in keys)
        cut = self.course.cut = self.course.cut or read.cut
        end = PageEnd(
            self.fetching.journal.drain(page.turn),
            addressed,
            trail=None if cut else write(self._trail(page, read)),
            memories=() if cut else read.row,
            since=read.remember.leaves or None if read.remember else None,
        )
        self.fetching.journal.tell(end, waits=end.since is not None)
        self.world.hits.saw(self.visit.address, read.seen)

    def _addressed(self, read: PageOutcome, told: RecipientRule) -> Addressed:
        lists, sender = self.world.examiner.lists(), self.world.sender
        since = read.remember.leaves.get(told.recipient) if read.remember else None
        page = replace(read.seen, since=since) if read.remember else read.seen
        keys = sighting_keys(page, told.policy)
        novelty = self.world.ledger.novelty(told.recipient, keys)
        record = page_record(self.visit, page, lists, novelty, sender, told.policy)
        return Addressed(told.recipient, record, keys, self.visit.mandate.destroy_by, fetch_entries(page))

    def _trail(self, page: PendingPage, read: PageOutcome) -> ResumeEntry:
        return ResumeEntry(
            url=page.step.url,
            depth=page.step.depth,
            read=not read.seen.cause,
            found=read.found,
            refused=page.refused,
            received_bytes=self.fetching.spending.received_bytes,
            seconds=self.fetching.spending.seconds,
            pictures_left=self.pages.pictures.left,
        )

    def _end(self) -> VisitEnd:
        """The visit's own record for each recipient, and when the site is due again; or the visit given back."""
        self.fetching.journal.flush()
        evidence = self._evidence()
        end = self._ended(evidence)
        lists, sender, destroy_by = self.world.examiner.lists(), self.world.sender, self.visit.mandate.destroy_by
        addressed = [
            Addressed(to.recipient, visit_record(self.visit, end, lists, sender, to.policy), destroy_by=destroy_by)
            for to in self.world.audience.of(self.visit.mandate)
        ]
        review = timedelta(hours=self.listing.target.review_interval_hours)
        due, footing = self.course.due(self.site, end.ended, review, evidence, self.world)
        kept = Remembered(
            footing, counts(self.visit, end), cut=self.course.given_back, memories=(self.memory.at_end(),)
        )
        failed = self.course.failed(evidence)
        self.world.ledger.end_visit(self.claim, end.outcome, due, failed=failed, addressed=addressed, remembered=kept)
        self.world.hits.keep()
        self.world.fetcher.forget(self.visit.address)
        return end

    def _evidence(self) -> Evidence:
        """What the site was found to be; when it failed, a second tor is asked as well."""
        seen = FailedVisit(
            url=f"http://{self.visit.address}{self.listing.target.start_paths[0]}",
            tor=self.world.tor.of(self.visit.address),
            cause=self.course.cause(),
            failing_since=self.site.last_visit if self.site.failures else None,
        )
        found = self.world.looking.evidence(seen, self.permits, self.fetching.journal, self.world.clock, self.stop)
        if ended := self.fetching.journal.drain():
            self.world.ledger.conclude(self.claim, ended)
        return found

    def _ended(self, evidence: Evidence) -> VisitEnd:
        health = self.world.tor.of(self.visit.address).health()
        received_earlier = self.earlier.last.received_bytes if self.earlier.last else 0
        return VisitEnd(
            ended=self.world.clock(),
            outcome=self.course.outcome(),
            pages_read=self.course.pages_read,
            pages_failed=len(self.course.causes),
            pages_left=self.crawl.left,
            links_left=self.crawl.refused,
            spent=self._spent(),
            received_bytes=self.fetching.spending.received_bytes - received_earlier,
            robots=self.robots.seen(),
            continues=self.earlier.visit_ids,
            tor_version=health.version,
            tor_healthy=health.healthy,
            clock=health.clock,
            evidence=evidence,
            workers_killed=len(self.course.killers),
            confinement_absent=self.world.confinement_absent,
        )

    def _spent(self) -> str:
        """Which budget ended the visit, if one did."""
        strike = Exhausted.WORKERS if self.course.strike else None
        over = self.fetching.spending.over() or strike or (Exhausted.PAGES if self.crawl.spent else None)
        return over.value if over and self.crawl.left else ""
