"""The pages of one visit: each is asked for, opened once it answered, and told once its pictures came.

Three calls a page, in the order of `scanner.visit.lookahead`: `ask` plans to fetch it, `read` opens it, follows its links and
plans to fetch its pictures, `told` says what became of it. For one thread; exchanges are made in others.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Final

from reports.ledger.ledger import FetchPurpose
from reports.sighting import PageSeen
from scanner.authority.permit import Permit, Permits
from scanner.authority.refusal import Refusal
from scanner.crawl.frontier import Crawl, CrawlStep
from scanner.crawl.traps import Trap
from scanner.exchange.failure import OUR_OWN
from scanner.exchange.port import Failed, Response
from scanner.fetch.batch import FetchBatch
from scanner.fetch.visit_fetches import FetchResult, VisitFetches
from scanner.page.content import PageContent, PictureRef
from scanner.page.headers import refreshed, with_head
from scanner.page.port import Unreadable
from scanner.page.worker.reader import TIME_LIMIT, WORKER_KILLED
from scanner.urls.reference import resolve
from scanner.visit.page_outcome import PageOutcome, Pages, ReadPage, fetched, unfetched
from scanner.visit.progress import VisitProgress
from scanner.visit.robots import Robots
from scanner.visit.services import VisitServices
from scanner.visit.site_memory import RememberedPage, SiteMemory

LINKS_KEPT: Final = 4_096
"""Links whose permits are remembered for a visit: what stands on every page stands on the first ones."""
KILLED_READING = frozenset((TIME_LIMIT, WORKER_KILLED))


@dataclass(frozen=True, slots=True)
class RequestedPage:
    """A page that was sent for; or that could not be, because its list ended during the visit."""

    step: CrawlStep
    turn: int
    """Pages are told in this order."""
    answer: Future[FetchResult] | PageOutcome
    known: RememberedPage | None = None
    """What is remembered of it."""
    before: RememberedPage | None = None
    """The same, where it may be told again."""

    def came(self) -> bool:
        """Whether it answered, or failed."""
        return isinstance(self.answer, PageOutcome) or self.answer.done()


@dataclass(frozen=True, slots=True)
class PendingPage:
    """A page that was read, whose pictures are on their way; or that was missed."""

    step: CrawlStep
    turn: int
    page: ReadPage | PageOutcome
    refused: Mapping[str, int]
    """Links that were not followed so far, by reason."""
    found: tuple[str, ...] = ()
    """Its links that will be followed."""

    def came(self) -> bool:
        """Whether its pictures did."""
        return isinstance(self.page, PageOutcome) or self.page.came()


@dataclass(slots=True)
class PageSteps:
    """See the module. `thread` makes the pages' own exchanges, one at a time, and rings `bell` when one ends."""

    address: str
    told_to: frozenset[str]
    """The recipients of this visit's records."""
    world: VisitServices
    stop: Event
    crawl: Crawl
    permits: Permits
    fetching: VisitFetches
    departures: FetchBatch
    pages: Pages
    robots: Robots
    memory: SiteMemory
    course: VisitProgress
    thread: Executor
    bell: Event
    _turns: int = 0
    _own: dict[str, str | None] = field(default_factory=dict)
    """Of links that were met, what they lead to within the scope. A page that is asked for has a permit of its own."""

    def ask(self, step: CrawlStep) -> RequestedPage:
        """Send for the next page."""
        self._turns += 1
        return self._sent_for(step, self._turns, anew=False)

    def _sent_for(self, step: CrawlStep, turn: int, *, anew: bool) -> RequestedPage:
        """Only for what has changed, unless it must be described anew."""
        self.fetching.page = turn
        permit = self.permits.permit(step.url, self.world.clock())
        if isinstance(permit, Refusal):
            return RequestedPage(step, turn, self._missed(unfetched(step.url, self.world.clock()), permit.reason.value))
        known = self.memory.page(permit.url)
        before = known if known is not None and not anew and self._stands(known) else None
        validators = self.memory.asks(permit.url, before.body if before else None)
        answer = self.departures.fetch(permit, FetchPurpose.PAGE, validators, by=self.thread)
        answer.add_done_callback(lambda _: self.bell.set())
        return RequestedPage(step, turn, answer, known, before)

    def read(self, asked: RequestedPage) -> PendingPage:
        """Read the page, follow its links, and send for its pictures. Waits for its answer."""
        self.fetching.page = asked.turn
        page, links = self._opened(asked)
        found = self.crawl.extend(asked.step, links)
        if isinstance(page, ReadPage):
            self.robots.ask()
        return PendingPage(asked.step, asked.turn, page, self.crawl.refused, found)

    def told(self, page: PendingPage) -> PageOutcome:
        """What became of the page, once its pictures came."""
        if isinstance(page.page, PageOutcome):
            return page.page
        self.fetching.page = page.turn
        read = self.pages.told(page.page)
        if read is None:
            read = self.told(self.read(self._sent_for(page.step, page.turn, anew=True)))
            return replace(read, found=page.found + read.found)
        cut = read.ours_failed or (read.lacking and self.stop.is_set())
        self.course.pages_read += 1
        self.course.given_back |= cut
        self.course.killers |= read.killers
        sitemaps = (resolve(page.page.reached.permit.url, one) for one in self.robots.sitemaps())
        found = page.found + self.crawl.extend(page.step, self._links((*read.instead, *sitemaps)))
        return replace(read, found=found, cut=cut)

    def not_forbidden(self, urls: Iterable[str]) -> list[str]:
        """Those that robots.txt, where the mandate obeys it, does not forbid; the others are counted once each."""
        kept: list[str] = []
        for url in urls:
            if not self.robots.keeps_from(url):
                kept.append(url)
            elif url not in self.course.forbidden:
                self.course.forbidden.add(url)
                self.robots.pages_forbidden += 1
                self.crawl.refuse(Trap.ROBOTS)
        return kept

    def _opened(self, asked: RequestedPage) -> tuple[ReadPage | PageOutcome, list[str]]:
        """The page, and its links to pages that may be read."""
        if isinstance(asked.answer, PageOutcome):
            return asked.answer, []
        self.departures.leave()
        reached, before = asked.answer.result(), asked.before
        if isinstance(reached.result, Failed):
            cut = reached.result.cause in OUR_OWN or self.stop.is_set()
            self.course.given_back |= cut
            return replace(self._missed(fetched(reached), reached.result.cause.value), cut=cut), []
        same = before is not None and self.memory.same(reached, before)
        content = before.content if before and same else self._content(reached.permit, reached.result)
        if isinstance(content, Unreadable):
            self.course.killers |= {asked.step.url} if content in KILLED_READING else set()
            return self._missed(fetched(reached), content.cause), []
        page = self.pages.begin(asked.step.url, reached, content, asked.known, stands=before is not None)
        leads = (resolve(reached.permit.url, one) for one in refreshed(reached.result.untrusted_refresh))
        return page, self._links((*leads, *content.untrusted_links))

    def _stands(self, known: RememberedPage) -> bool:
        """Whether a page that is as it was would be told as it was, to the same recipients."""
        return known.editions == self.memory.editions and known.leaves.keys() == self.told_to

    def _missed(self, page: PageSeen, cause: str) -> PageOutcome:
        self.course.causes.append(cause)
        return PageOutcome(replace(page, cause=cause))

    def _content(self, permit: Permit, answer: Response) -> PageContent | Unreadable:
        """What the page holds. A picture in a page's place is the one picture of that page."""
        kind = answer.untrusted_content_type.lower()
        picture = PictureRef("", "the page itself", untrusted_inline=answer.untrusted_body)
        if kind.startswith("image/") and not kind.startswith("image/svg"):
            return PageContent((), (picture,), ())
        content = self.world.reader.read(answer.untrusted_body, permit.url, answer.untrusted_content_type)
        if isinstance(content, Unreadable):
            return content
        if kind.startswith("image/"):  # a drawing, which may show pictures, and lead on
            content = replace(content, pictures=(picture, *content.pictures))
        return with_head(content, permit.url, answer.untrusted_refresh, answer.untrusted_link)

    def _links(self, untrusted_links: Iterable[str]) -> list[str]:
        """Links to pages of this same onion service that the list covers, as their permits write them."""
        own = (self._led_to(url) for url in dict.fromkeys(untrusted_links))
        return self.not_forbidden([url for url in own if url is not None])

    def _led_to(self, untrusted_url: str) -> str | None:
        if untrusted_url in self._own:
            return self._own[untrusted_url]
        permit = self.permits.permit(untrusted_url, self.world.clock())
        own = permit.url if isinstance(permit, Permit) and permit.address == self.address else None
        if len(self._own) < LINKS_KEPT:
            self._own[untrusted_url] = own
        return own
