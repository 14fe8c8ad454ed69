"""Setting out: everything that one visit needs, put together. The visit itself is `scanner.visit`."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

from reports.ledger import Claim, Site
from reports.sighting import Visit, VisitEnd
from scanner.authority.lists import Listing
from scanner.authority.permit import Permits
from scanner.authority.permit import Purpose as PermitPurpose
from scanner.course import Course
from scanner.crawl import Crawl
from scanner.fetch.fetching import Fetching
from scanner.journal import Journal
from scanner.memory import SiteMemory
from scanner.pages import Pages
from scanner.parts import Parts
from scanner.pictures import Pictures
from scanner.ports import Jar
from scanner.robots import Robots
from scanner.spending import Spending
from scanner.trail import Earlier
from scanner.trail import read as read_trail
from scanner.visit import SiteVisit
from scanner.world import Limits, World


def visit_site(listing: Listing, site: Site, claim: Claim, world: World, stop: Event) -> VisitEnd:
    """Visit the site that `claim` holds, under the list that names it. Raises only what the ledger raises.

    Its pages and pictures are decoded by workers that have met no other site's, and will meet none.
    """
    threads = ThreadPoolExecutor(world.limits.pictures_at_once, thread_name_prefix="picture")
    with world.examiner.alone() as examiner, world.reader.alone() as reader, threads:
        world = replace(world, examiner=examiner, reader=reader)
        return _site_visit(listing, site, claim, world, stop, threads).run()


def _site_visit(listing: Listing, site: Site, claim: Claim, world: World, stop: Event, threads: Executor) -> SiteVisit:
    visit = _visit(listing, claim, world)
    earlier = read_trail(world.ledger.trail(claim))
    permits = world.permits.under(claim.key.list_id)
    fetching = _fetching(visit, listing, claim, world, permits, earlier, stop)
    memory = _memory(visit, claim, world)
    robots = Robots(permits, fetching, world.clock, visit.address, listing.authority_list.form.robots == "obeyed")
    pictures = Pictures(
        permits=permits,
        fetching=fetching,
        examiner=world.examiner,
        clock=world.clock,
        reader=world.reader,
        most=earlier.last.pictures_left if earlier.last else world.limits.pictures,
        threads=threads,
        memory=memory,
    )
    pictures.robots = robots
    parts = Parts(permits, fetching, world.reader, world.clock)
    return SiteVisit(
        visit=visit,
        listing=listing,
        site=site,
        claim=claim,
        world=world,
        stop=stop,
        crawl=Crawl(listing.target.scope, world.limits.pages),
        permits=permits,
        fetching=fetching,
        pages=Pages(visit.address, world.examiner, parts, pictures, robots, memory, world.keeps_fingerprints),
        robots=robots,
        memory=memory,
        course=Course(world.limits.workers_killed, earlier.read),
        earlier=earlier,
    )


def _visit(listing: Listing, claim: Claim, world: World) -> Visit:
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


def _fetching(  # noqa: PLR0913, PLR0917 - what a visit's fetches rest on
    visit: Visit, listing: Listing, claim: Claim, world: World, permits: Permits, earlier: Earlier, stop: Event
) -> Fetching:
    limits = world.limits
    return Fetching(
        fetcher=world.fetcher,
        permits=permits,
        journal=Journal(world.ledger, claim),
        paces=world.paces,
        clock=world.clock,
        stop=stop,
        spending=_spending(visit, listing, world, earlier),
        redirects_most=limits.redirects,
        budgets={
            PermitPurpose.PAGE: limits.page,
            PermitPurpose.PICTURE: limits.picture,
            PermitPurpose.ROBOTS: limits.page,
        },
        jar=Jar(world.clock) if limits.cookies else None,
    )


def _spending(visit: Visit, listing: Listing, world: World, earlier: Earlier) -> Spending:
    """What is left of the visit's time and bytes; the part before a cut has taken some of both."""
    limits: Limits = world.limits
    taken, seconds = (earlier.last.received_bytes, earlier.last.seconds) if earlier.last else (0, 0.0)
    until = visit.started + timedelta(seconds=limits.seconds - seconds)
    return Spending(world.clock, until, min(listing.target.scope.bytes or limits.bytes, limits.bytes), taken)


def _memory(visit: Visit, claim: Claim, world: World) -> SiteMemory:
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
