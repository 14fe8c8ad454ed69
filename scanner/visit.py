"""One visit of one listed site: the main path, from top to bottom like the flow in docs/architecture.md.

- Every fetch has a permit minted for it, and an intent in the log that is durable before the first byte leaves.
- What comes from the site is `untrusted_*`, lives in memory, and goes no farther than this module's callees.
- Each page ends as one sealed record, findings or not; the visit ends as one more (docs/adr/0001, 0002).
- A failure of our own tor is never laid at the site's door: the visit is given back, and the site stays due.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event

from config.clock import Clock
from matcher.verdict import Examiner
from reports.ledger import Claim, Ledger, Purpose, SightingKey
from reports.record import Sender, page_record, visit_record
from reports.sighting import PageSeen, Sighting, Visit, VisitEnd
from scanner.authority.lists import Listing
from scanner.authority.permit import ListPermits, Permit, Permits, Refusal
from scanner.crawl import Crawl, Step
from scanner.fetch.causes import OUR_OWN
from scanner.fetch.fetching import Fetching, Reached
from scanner.pace import Paces
from scanner.pictures import Pictures
from scanner.ports import Answer, Budget, Failed, Fetcher, PageContent, PageReader, PictureRef, Tor, Unreadable

VISITED = "visited"
GIVEN_BACK = "given back"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one visit may cost. A target's own scope may be narrower, never wider."""

    seconds: float
    pages: int
    pictures: int
    pictures_at_once: int
    redirects: int
    page: Budget
    picture: Budget


@dataclass(frozen=True, slots=True)
class World:
    """The ports that a visit reaches the world through, and what all visits share."""

    permits: ListPermits
    paces: Paces
    fetcher: Fetcher
    reader: PageReader
    examiner: Examiner
    ledger: Ledger
    tor: Tor
    clock: Clock
    limits: Limits
    sender: Sender


@dataclass(slots=True)
class SiteVisit:
    """One visit under way. Use `run` once."""

    visit: Visit
    listing: Listing
    claim: Claim
    world: World
    stop: Event
    crawl: Crawl
    fetching: Fetching
    pictures: Pictures
    pages_read: int = 0
    causes: list[str] = field(default_factory=list)
    """The class of each page that failed."""
    given_back: bool = False
    """Whether our own tor failed, or the visit was stopped before it was whole: the site stays due."""

    def run(self) -> VisitEnd:
        """Page by page, until the scope or a budget is spent, our own tor fails, or `stop` is set."""
        self.crawl.start(f"http://{self.visit.address}{path}" for path in self.listing.target.start_paths)
        while (step := self._next()) is not None:
            self._seal(self._read(step))
        return self._end()

    def _next(self) -> Step | None:
        self.given_back |= self.stop.is_set()
        overdue = self.world.clock() >= self.visit.started + timedelta(seconds=self.world.limits.seconds)
        return None if self.given_back or overdue else self.crawl.next()

    def _read(self, step: Step) -> PageSeen:
        """Fetch one page, and every picture on it."""
        permit = self._permits.permit(step.url, self.world.clock())
        if isinstance(permit, Refusal):
            return self._missed(_unfetched(step.url, self.world.clock()), permit.cause.value)
        (leaf,) = self.fetching.intend([permit], Purpose.PAGE)
        reached = self.fetching.reach(permit, leaf)
        if isinstance(reached.result, Failed):
            self.given_back |= reached.result.cause in OUR_OWN or self.stop.is_set()
            return self._missed(_fetched(reached), reached.result.cause.value)
        content = self._content(reached.permit, reached.result)
        if isinstance(content, Unreadable):
            return self._missed(_fetched(reached), content.cause)
        return self._page(step, reached, content)

    def _missed(self, page: PageSeen, cause: str) -> PageSeen:
        self.causes.append(cause)
        return replace(page, cause=cause)

    def _content(self, permit: Permit, answer: Answer) -> PageContent | Unreadable:
        """What the page holds. A picture in a page's place is the one picture of that page."""
        if answer.untrusted_content_type.lower().startswith("image/"):
            picture = PictureRef("", "the page itself", untrusted_inline=answer.untrusted_body)
            return PageContent((), (picture,), ())
        return self.world.reader.read(answer.untrusted_body, permit.url, answer.untrusted_content_type)

    def _page(self, step: Step, reached: Reached, content: PageContent) -> PageSeen:
        self.pages_read += 1
        self.crawl.extend(step, self._links(content))
        gathered = self.pictures.gather(reached.permit.url, reached.permit.address, content.pictures)
        self.given_back |= any(failed.cause in OUR_OWN for failed in gathered.failed)
        return replace(
            _fetched(reached),
            sightings=gathered.sightings,
            failed=gathered.failed,
            not_fetched=gathered.not_fetched,
            notes=content.notes,
        )

    def _links(self, content: PageContent) -> list[str]:
        """Links to pages of this same onion service that the list covers, as their permits write them."""
        now = self.world.clock()
        answers = (self._permits.permit(url, now) for url in content.untrusted_links)
        return [one.url for one in answers if isinstance(one, Permit) and one.address == self.visit.address]

    @property
    def _permits(self) -> Permits:
        return self.world.permits.under(self.claim.key.list_id)

    def _seal(self, page: PageSeen) -> None:
        """The page's record, its sightings and the outcomes of its fetches: one transaction."""
        keys = [sighting_key(sighting) for sighting in page.sightings]
        novelty = self.world.ledger.novelty(keys)
        record = page_record(self.visit, page, self.world.examiner.lists(), novelty, self.world.sender)
        self.world.ledger.conclude(self.claim, self.fetching.journal.drain(), record, keys)

    def _end(self) -> VisitEnd:
        """The visit's own record, and when the site is due again; or the visit given back."""
        health = self.world.tor.health()
        end = VisitEnd(
            ended=self.world.clock(),
            outcome=self._outcome(),
            pages_read=self.pages_read,
            pages_failed=len(self.causes),
            pages_left=self.crawl.left,
            tor_version=health.version,
            tor_healthy=health.healthy,
            clock=health.clock,
        )
        record = visit_record(self.visit, end, self.world.examiner.lists(), self.world.sender)
        failed = not self.pages_read and not self.given_back
        self.world.ledger.end_visit(self.claim, end.outcome, self._due(end, failed=failed), failed=failed, record=record)
        self.world.fetcher.forget(self.visit.address)
        return end

    def _outcome(self) -> str:
        if self.given_back:
            return GIVEN_BACK
        return VISITED if self.pages_read else self.causes[0]


def sighting_key(sighting: Sighting) -> SightingKey:
    """What a sighting is remembered by: the picture's bytes, and where it was."""
    return SightingKey(sighting.fingerprint.digests.sha256, sighting.place.url or sighting.place.page_url)


def _fetched(reached: Reached) -> PageSeen:
    """A page as its fetch left it, before its pictures."""
    result = reached.result
    answered = isinstance(result, Answer)
    return PageSeen(
        url=reached.permit.url,
        redirects=reached.redirects,
        status=result.status if answered else 0,
        fetched_from=result.started,
        fetched_until=result.ended,
        body_sha256=hashlib.sha256(result.untrusted_body).hexdigest() if answered else "",
        cause="",
        complete=answered and result.complete,
        sightings=(),
        not_fetched=(),
        failed=(),
    )


def _unfetched(url: str, now: datetime) -> PageSeen:
    """A page that no permit was minted for any more: a list ended, or was replaced, during the visit."""
    return PageSeen(url, (), 0, now, now, "", "", complete=False, sightings=(), not_fetched=(), failed=())
