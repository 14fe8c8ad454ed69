"""Setting out: everything that one visit needs, put together. The visit itself is `scanner.visit.visit`."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event

from reports.ledger.ledger import Claim, ScheduledSite
from reports.sighting import Visit, VisitEnd
from scanner.authority.list_store import Listing
from scanner.authority.permit import PermitPurpose, Permits
from scanner.crawl.frontier import Crawl
from scanner.exchange.cookies import Jar
from scanner.fetch.batch import FetchBatch
from scanner.fetch.log import FetchLog
from scanner.fetch.visit_budget import VisitBudget
from scanner.fetch.visit_fetches import VisitFetches
from scanner.visit.page_outcome import Pages
from scanner.visit.page_pictures import PagePictures
from scanner.visit.page_steps import PageSteps
from scanner.visit.picture_fetch import PictureFetcher
from scanner.visit.progress import VisitProgress
from scanner.visit.resume import ResumePoint
from scanner.visit.resume import read as read_trail
from scanner.visit.robots import Robots
from scanner.visit.services import VisitLimits, VisitServices
from scanner.visit.site_memory import SiteMemory
from scanner.visit.subresources import Subresources
from scanner.visit.visit import SiteVisit


def visit_site(listing: Listing, site: ScheduledSite, claim: Claim, world: VisitServices, stop: Event) -> VisitEnd:
    """Visit the site that `claim` holds, under the list that names it. Raises only what the ledger raises.

    Its pages and pictures are decoded by workers that have met no other site's, and will meet none.
    """
    one_page, pictures = _threads(1, "page"), _threads(world.limits.pictures_at_once, "picture")
    with world.examiner.isolated() as examiner, world.reader.isolated() as reader, pictures as many, one_page as one:
        world = replace(world, examiner=examiner, reader=reader)
        return _site_visit(listing, site, claim, world, stop, Threads(one, many)).run()


@dataclass(frozen=True, slots=True)
class Threads:
    """In which a visit's exchanges are made: those of its pages, one at a time, and beside them those of pictures."""

    page: Executor
    pictures: Executor
    bell: Event = field(default_factory=Event)


@contextmanager
def _threads(most: int, name: str) -> Iterator[Executor]:
    """Threads for one visit. What they have not begun when it ends is not begun any more."""
    threads = ThreadPoolExecutor(most, thread_name_prefix=name)
    try:
        yield threads
    finally:
        threads.shutdown(cancel_futures=True)


def _site_visit(
    listing: Listing, site: ScheduledSite, claim: Claim, world: VisitServices, stop: Event, threads: Threads
) -> SiteVisit:
    visit = _visit(listing, claim, world)
    earlier = read_trail(world.ledger.trail(claim))
    permits = world.permits.under(claim.key.list_id)
    fetching = _fetching(listing, claim, world, permits, earlier, stop)
    memory = _memory(visit, claim, world)
    departures = FetchBatch(fetching, threads.pictures)
    robots = Robots(permits, departures, world.clock, visit.address, listing.authority_list.form.robots == "obeyed")
    pictures = PagePictures(
        permits=permits,
        departures=departures,
        examiner=world.examiner,
        of_one=PictureFetcher(fetching, world.examiner, world.reader, memory),
        clock=world.clock,
        most=earlier.last.pictures_left if earlier.last else world.limits.pictures,
        at_once=world.limits.pictures_at_once,
        bell=threads.bell,
        robots=robots,
    )
    parts = Subresources(permits, departures, world.reader, world.clock, memory)
    pages = Pages(visit.address, world.examiner, parts, pictures, robots, memory, world.keeps_fingerprints)
    crawl, course = (
        Crawl(listing.target.scope, world.limits.pages),
        VisitProgress(world.limits.workers_killed, earlier.read),
    )
    asking = PageSteps(
        address=visit.address,
        told_to=frozenset(one.recipient for one in world.audience.of(visit.mandate)),
        world=world,
        stop=stop,
        crawl=crawl,
        permits=permits,
        fetching=fetching,
        departures=departures,
        pages=pages,
        robots=robots,
        memory=memory,
        course=course,
        thread=threads.page,
        bell=threads.bell,
    )
    return SiteVisit(
        visit=visit,
        listing=listing,
        site=site,
        claim=claim,
        world=world,
        stop=stop,
        crawl=crawl,
        permits=permits,
        fetching=fetching,
        departures=departures,
        asking=asking,
        pages=pages,
        robots=robots,
        memory=memory,
        course=course,
        bell=threads.bell,
        earlier=earlier,
    )


def _visit(listing: Listing, claim: Claim, world: VisitServices) -> Visit:
    return Visit(
        visit_id=claim.visit_id,
        address=claim.key.address,
        mandate=listing.authority_list.mandate(),
        scope=str(listing.target.scope),
        reason=listing.target.reason,
        started=world.clock(),
        test=world.test,
        gate=world.tor.gate,
    )


def _fetching(
    listing: Listing, claim: Claim, world: VisitServices, permits: Permits, earlier: ResumePoint, stop: Event
) -> VisitFetches:
    limits = world.limits
    return VisitFetches(
        fetcher=world.fetcher,
        permits=permits,
        journal=FetchLog(world.ledger, claim),
        paces=world.paces,
        clock=world.clock,
        stop=stop,
        spending=_spending(listing, world, earlier),
        redirects_most=limits.redirects,
        budgets={
            PermitPurpose.PAGE: limits.page,
            PermitPurpose.PICTURE: limits.picture,
            PermitPurpose.ROBOTS: limits.page,
        },
        jar=Jar(world.clock) if limits.cookies else None,
    )


def _spending(listing: Listing, world: VisitServices, earlier: ResumePoint) -> VisitBudget:
    """What is left of the visit's time and bytes; the part before a cut has taken some of both."""
    limits: VisitLimits = world.limits
    taken, seconds = (earlier.last.received_bytes, earlier.last.seconds) if earlier.last else (0, 0.0)
    bytes_most = min(listing.target.scope.bytes or limits.bytes, limits.bytes)
    return VisitBudget(world.seconds, limits.seconds, bytes_most, seconds, taken)


def _memory(visit: Visit, claim: Claim, world: VisitServices) -> SiteMemory:
    sender = world.sender
    judged_by = (world.examiner.lists(), sender.configuration_sha256, sender.tool_version, sender.tool_commit)
    return SiteMemory(
        ledger=world.ledger,
        site=claim.key,
        visit_id=visit.visit_id,
        trust=world.trust,
        editions=world.ledger.mark(repr(judged_by).encode("utf-8", "surrogatepass")),
        now=visit.started,
        destroy_by=visit.mandate.destroy_by,
    )
