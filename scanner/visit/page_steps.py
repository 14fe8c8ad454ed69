"""The steps of a visit's pages, in the order of `scanner.visit.lookahead`.

`request` plans to fetch the next page, `read` opens it, follows its links and plans to fetch its pictures, `finish`
decides its outcome once they arrived. For the visit's own thread; exchanges are made in others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import Final

from reports.ledger.ledger import Memory
from reports.sighting import PageSeen
from scanner.authority.permit import Permit, PermitPurpose
from scanner.authority.refusal import Refusal
from scanner.crawl.frontier import Crawl, CrawlStep
from scanner.crawl.traps import Trap
from scanner.exchange.failure import OUR_OWN, FailureCause
from scanner.exchange.port import Failed, Response
from scanner.fetch.patience import asks_to_wait
from scanner.fetch.visit_fetches import FetchResult
from scanner.page.content import PageContent, PictureRef
from scanner.page.headers import refresh_seconds, refreshed, with_head
from scanner.page.port import Unreadable
from scanner.page.reading.notes import Note
from scanner.page.whole_body import counts_as_picture
from scanner.page.worker.reader import TIME_LIMIT, WORKER_KILLED
from scanner.urls.reference import resolve
from scanner.visit.page_outcome import PageOutcomes, fetched_page, unfetched_page
from scanner.visit.page_pictures import PagePictures
from scanner.visit.page_stages import PageOutcome, PendingPage, ReadPage, RequestedPage
from scanner.visit.robots import Robots
from scanner.visit.site_memory import RememberedPage, SiteMemory
from scanner.visit.site_visit import SiteVisit
from scanner.visit.subresources import Subresources

LINKS_KEPT: Final = 4_096
"""Links whose permits are remembered for a visit: those on every page stand on the first ones."""
QUEUE_TRIES: Final = 6
GUESSED_QUEUE_TRIES: Final = 2
QUEUES = frozenset((Note.QUEUE, Note.CHALLENGE))
KILLED_READING = frozenset((TIME_LIMIT, WORKER_KILLED))


@dataclass(slots=True)
class PageSteps:
    """The pages of one visit. `arrived` is set when an exchange ends that the visit's thread waits for."""

    visit: SiteVisit
    arrived: Event = field(default_factory=Event)
    crawl: Crawl = field(init=False)
    robots: Robots = field(init=False)
    memory: SiteMemory = field(init=False)
    pictures: PagePictures = field(init=False)
    outcomes: PageOutcomes = field(init=False)
    _turns: int = 0
    _own_links: dict[str, str | None] = field(default_factory=dict)
    """Links that were seen, each with the URL within the scope that it leads to."""

    def __post_init__(self) -> None:
        visit = self.visit
        services, listing = visit.services, visit.listing
        self.crawl = Crawl(listing.target.scope, services.limits.pages)
        self.robots = Robots(visit.fetches, visit.address, listing.authority_list.form.robots == "obeyed")
        self.memory = _memory(visit)
        self.pictures = PagePictures(visit, self.robots, self.memory, self.arrived)
        subresources = Subresources(visit.fetches, services.reader, self.memory)
        visit.fetches.patience.put_offs_before = self.memory.put_offs
        visit.fetches.rate_limits.of(visit.address).recover(self.memory.slow_seconds)
        self.outcomes = PageOutcomes(visit, subresources, self.pictures, self.robots, self.memory)

    def start(self) -> None:
        """Start at the start pages, or after what an earlier part of the visit has read."""
        visit = self.visit
        if self.robots.obeyed:
            self.robots.request()
            self.robots.read()
            visit.services.ledger.conclude(visit.claim, visit.fetches.log.take_concluded())
        start_pages = [f"http://{visit.address}{path}" for path in visit.listing.target.start_paths]
        self.crawl.start(self._not_forbidden(start_pages))
        if visit.earlier.last:
            read = ((CrawlStep(entry.url, entry.depth), entry.found) for entry in visit.earlier.entries)
            self.crawl.resume(read, visit.earlier.last.refused)

    # As `scanner.visit.lookahead` calls them

    def request(self) -> RequestedPage | None:
        """Plan to fetch the next page, unless the visit is over."""
        progress, visit = self.visit.progress, self.visit
        progress.given_back |= self._ended_early()
        over = progress.given_back or progress.too_many_worker_deaths or visit.fetches.budget.exhausted()
        unlisted = not visit.services.permits.listed(visit.address, visit.services.clock())
        step = None if over or unlisted else self.crawl.next()
        if step is None:
            return None
        self._turns += 1
        return self._request(step, self._turns, whole=False)

    def read(self, requested: RequestedPage, /) -> PendingPage:
        """Read the page, follow its links, and plan to fetch its pictures. Waits for its answer."""
        page, links = self._page_and_links(requested)
        followed = self.crawl.extend(requested.step, links)
        if isinstance(page, ReadPage):
            self.robots.request(requested.turn)
        return PendingPage(requested.step, requested.turn, page, self.crawl.refused, followed)

    def send(self) -> None:
        """Begin the fetches that were planned."""
        self.visit.fetches.send()

    def room(self) -> bool:
        """Return True if the threads will soon be idle."""
        return self.pictures.room()

    def wait(self) -> None:
        """Wait until an exchange ends."""
        self.arrived.wait()

    def clear(self) -> None:
        """Forget the exchanges that have ended so far."""
        self.arrived.clear()

    def finish(self, pending: PendingPage) -> PageOutcome:
        """Return the outcome of a page whose pictures arrived, and count it."""
        page, progress = pending.page, self.visit.progress
        if isinstance(page, PageOutcome):
            return page
        outcome = self.outcomes.finish(page)
        if outcome is None:
            again = self.finish(self.read(self._request(pending.step, pending.turn, whole=True)))
            return replace(again, links=pending.links + again.links)
        cut = outcome.tor_failed or (outcome.incomplete and self._ended_early())
        progress.pages_read += 1
        progress.given_back |= cut
        progress.killer_pictures |= outcome.killers
        sitemaps = (resolve(page.fetched.permit.url, sitemap) for sitemap in self.robots.take_sitemaps())
        followed = self.crawl.extend(pending.step, self._links((*outcome.picture_links, *sitemaps)))
        return replace(outcome, links=pending.links + followed, cut=cut)

    def site_row(self) -> Memory:
        """Return what is remembered of the site: also how patient the next visit must be."""
        limiter = self.visit.fetches.rate_limits.of(self.visit.address)
        return self.memory.site_row(put_off=self.visit.progress.put_off_seconds > 0, slow_seconds=limiter.slow_seconds)

    def _ended_early(self) -> bool:
        """Return True if the visit was stopped, or put off because the site asked to wait."""
        progress, patience = self.visit.progress, self.visit.fetches.patience
        if not self.visit.stop.is_set():
            progress.put_off_seconds = patience.put_off_seconds
        return self.visit.stop.is_set() or patience.put_off_seconds > 0

    # The page itself

    def _request(self, step: CrawlStep, turn: int, *, whole: bool) -> RequestedPage:
        """Plan to fetch a page: only if it has changed, unless it must be described again."""
        permit = self.visit.fetches.permit(step.url, PermitPurpose.PAGE)
        if isinstance(permit, Refusal):
            seen = unfetched_page(step.url, self.visit.services.clock())
            return RequestedPage(step, turn, self._failed(seen, permit.reason.value))
        known = self.memory.page(permit.url)
        may_stand = known is not None and not whole and self._may_stand(known)
        body = known.body if known is not None and may_stand else None
        validators = partial(self.memory.validators_for, permit.url, body)
        answer = self.visit.fetches.request(permit, page=turn, validators=validators)
        answer.add_done_callback(lambda _: self.arrived.set())
        return RequestedPage(step, turn, answer, known, may_stand)

    def _after_queue(
        self, requested: RequestedPage, permit: Permit, answer: Response, content: PageContent
    ) -> RequestedPage | None:
        """Request a page again that is a queue page, after its wait; None if it is none, or beyond the bounds."""
        fetches = self.visit.fetches
        if requested.queued >= _queue_tries(permit.url, answer, content):
            return None
        seconds = fetches.patience.queue_seconds(refresh_seconds(answer.untrusted_refresh), requested.queued)
        if seconds is None or seconds >= fetches.budget.seconds_left:
            return None
        fetches.patience.waited(fetches.rate_limits.of(permit.address).hold(seconds))
        again = self._request(requested.step, requested.turn, whole=True)
        return replace(again, queued=requested.queued + 1)

    def _may_stand(self, known: RememberedPage) -> bool:
        """Return True if the page, unchanged, would be recorded as it was, for the same recipients."""
        same_recipients = known.leaves.keys() == {rule.recipient for rule in self.visit.recipients}
        return known.editions == self.memory.editions and same_recipients

    def _page_and_links(self, requested: RequestedPage) -> tuple[ReadPage | PageOutcome, list[str]]:
        """Return the page, and its links to pages that may be read."""
        if isinstance(requested.answer, PageOutcome):
            return requested.answer, []
        fetched, known = self.visit.fetches.result(requested.answer), requested.known
        if isinstance(fetched.result, Failed):
            cut = fetched.result.cause in OUR_OWN or self._ended_early()
            self.visit.progress.given_back |= cut
            return replace(self._failed(fetched_page(fetched), fetched.result.cause.value), cut=cut), []
        body = self.memory.page_body(fetched, known)
        unchanged = known is not None and requested.may_stand and body.token and body.token == known.body.token
        content = known.content if known and unchanged else self._content(fetched.permit, fetched.result)
        if isinstance(content, Unreadable):
            self.visit.progress.killer_pages |= {requested.step.url} if content in KILLED_READING else set()
            return self._failed(fetched_page(fetched), content.cause), []
        again = None if unchanged else self._after_queue(requested, fetched.permit, fetched.result, content)
        if again is not None:
            return self._page_and_links(again)
        if self._refused(fetched):
            return replace(self._failed(fetched_page(fetched), FailureCause.ASKED_TO_WAIT.value), cut=True), []
        page = self.outcomes.begin(requested, fetched, content, body)
        refreshes = (resolve(fetched.permit.url, to) for to in refreshed(fetched.result.untrusted_refresh))
        return page, self._links((*refreshes, *content.untrusted_links))

    def _refused(self, fetched: FetchResult) -> bool:
        """Return True if the page asks to wait, and the rest of the visit is put off for it."""
        if not asks_to_wait(fetched.result):
            return False
        self.visit.fetches.refuse(fetched.permit, fetched.result)
        early = self._ended_early()
        self.visit.progress.given_back |= early
        return early

    def _failed(self, page: PageSeen, cause: str) -> PageOutcome:
        self.visit.progress.causes.append(cause)
        return PageOutcome(replace(page, cause=cause))

    def _content(self, permit: Permit, answer: Response) -> PageContent | Unreadable:
        """Read what the page holds. A picture in a page's place is the one picture of that page."""
        kind = answer.untrusted_content_type.lower()
        picture = PictureRef("", "the page itself", untrusted_inline=answer.untrusted_body)
        if kind.startswith("image/") and not kind.startswith("image/svg"):
            return PageContent((), (picture,), ())
        reader = self.visit.services.reader
        content = reader.read(answer.untrusted_body, permit.url, answer.untrusted_content_type)
        if isinstance(content, Unreadable):
            return content
        if kind.startswith("image/") or counts_as_picture(answer.untrusted_body, content):
            # a drawing, which may show pictures, and have links; or a film, which is counted as not examined
            content = replace(content, pictures=(picture, *content.pictures))
        return with_head(content, permit.url, answer.untrusted_refresh, answer.untrusted_link)

    # Its links

    def _links(self, untrusted_links: Iterable[str]) -> list[str]:
        """Return the links to pages of this onion service that the list covers, as their permits write them."""
        own = (self._own_link(url) for url in dict.fromkeys(untrusted_links))
        return self._not_forbidden(url for url in own if url is not None)

    def _own_link(self, untrusted_url: str) -> str | None:
        if untrusted_url in self._own_links:
            return self._own_links[untrusted_url]
        permit = self.visit.fetches.permit(untrusted_url, PermitPurpose.PAGE)
        own = permit.url if isinstance(permit, Permit) and permit.address == self.visit.address else None
        if len(self._own_links) < LINKS_KEPT:
            self._own_links[untrusted_url] = own
        return own

    def _not_forbidden(self, urls: Iterable[str]) -> list[str]:
        """Return those that an obeyed robots.txt does not forbid; count each of the others once."""
        allowed: list[str] = []
        forbidden = self.visit.progress.forbidden
        for url in urls:
            if not self.robots.keeps_from(url):
                allowed.append(url)
            elif url not in forbidden:
                forbidden.add(url)
                self.robots.pages_forbidden += 1
                self.crawl.refuse(Trap.ROBOTS)
        return allowed


def _queue_tries(url: str, answer: Response, content: PageContent) -> int:
    """Return how often a page is worth fetching again because it may be a queue page: it then shows no picture.

    Twice if it only leads to itself; more often if it loads itself again, asks to wait, or says that it is one.
    """
    if content.pictures:
        return 0
    target = next((resolve(url, to) for to in refreshed(answer.untrusted_refresh)), url)
    loads_itself = refresh_seconds(answer.untrusted_refresh) is not None and target == url
    leads_to_itself = url in content.untrusted_links
    says_so = leads_to_itself and (asks_to_wait(answer) or not QUEUES.isdisjoint(content.notes))
    if loads_itself or says_so:
        return QUEUE_TRIES
    return GUESSED_QUEUE_TRIES if leads_to_itself and len(content.untrusted_links) == 1 else 0


def _memory(visit: SiteVisit) -> SiteMemory:
    services, sender = visit.services, visit.services.sender
    judged_by = (services.examiner.lists(), sender.configuration_sha256, sender.tool_version, sender.tool_commit)
    return SiteMemory(
        ledger=services.ledger,
        site=visit.claim.key,
        visit_id=visit.about.visit_id,
        policy=services.revisit,
        editions=services.ledger.mark(repr(judged_by).encode("utf-8", "surrogatepass")),
        now=visit.about.started,
        destroy_by=visit.about.mandate.destroy_by,
    )
