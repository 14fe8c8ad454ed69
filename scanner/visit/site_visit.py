"""A visit under way: what it was given, its fetches, and its progress. `under_way` sets it up and ends its workers."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event

from reports.ledger.ledger import Claim, ScheduledSite
from reports.sighting import Visit
from scanner.authority.list_store import Listing
from scanner.exchange.cookies import Jar
from scanner.fetch.log import FetchLog
from scanner.fetch.patience import Patience
from scanner.fetch.visit_budget import VisitBudget
from scanner.fetch.visit_fetches import ChainLimits, Threads, VisitFetches
from scanner.referrals.recipients import RecipientRule
from scanner.visit import resume
from scanner.visit.progress import VisitProgress
from scanner.visit.resume import ResumePoint
from scanner.visit.services import VisitServices


@dataclass(frozen=True, slots=True)
class SiteVisit:
    """Everything that one visit has."""

    about: Visit
    """The visit as its records state it."""
    listing: Listing
    site: ScheduledSite
    claim: Claim
    services: VisitServices
    stop: Event
    earlier: ResumePoint
    """The pages that a visit which was cut has read, and that this one resumes after."""
    fetches: VisitFetches
    progress: VisitProgress

    @property
    def address(self) -> str:
        """The onion address."""
        return self.about.address

    @property
    def recipients(self) -> tuple[RecipientRule, ...]:
        """The recipients of this visit's records."""
        return self.services.recipients.of(self.about.mandate)


@contextmanager
def under_way(
    listing: Listing, site: ScheduledSite, claim: Claim, services: VisitServices, stop: Event
) -> Iterator[SiteVisit]:
    """Set a visit up, with workers that have met no other site's bytes and will meet none."""
    with (
        services.examiner.isolated() as examiner,
        services.reader.isolated() as reader,
        _threads(services.limits.pictures_at_once, "picture") as pictures,
        _threads(1, "page") as page,
    ):
        services = replace(services, examiner=examiner, reader=reader)
        earlier = resume.read(services.ledger.trail(claim))
        yield SiteVisit(
            about=_about(listing, claim, services),
            listing=listing,
            site=site,
            claim=claim,
            services=services,
            stop=stop,
            earlier=earlier,
            fetches=_fetches(claim, services, _budget(listing, services, earlier), Threads(page, pictures), stop),
            progress=VisitProgress(services.limits.workers_killed, earlier.read),
        )


@contextmanager
def _threads(most: int, name: str) -> Iterator[Executor]:
    """Provide threads for one visit. What they have not begun when it ends is never begun."""
    threads = ThreadPoolExecutor(most, thread_name_prefix=name)
    try:
        yield threads
    finally:
        threads.shutdown(cancel_futures=True)


def _about(listing: Listing, claim: Claim, services: VisitServices) -> Visit:
    return Visit(
        visit_id=claim.visit_id,
        address=claim.key.address,
        mandate=listing.authority_list.mandate(),
        scope=str(listing.target.scope),
        reason=listing.target.reason,
        started=services.clock(),
        test=services.test,
        gate=services.tor.gate,
    )


def _budget(listing: Listing, services: VisitServices, earlier: ResumePoint) -> VisitBudget:
    """Return what is left of the visit's time and bytes; the part before a cut has taken some of both."""
    limits = services.limits
    bytes_before, seconds_before = (earlier.last.received_bytes, earlier.last.seconds) if earlier.last else (0, 0.0)
    bytes_most = min(listing.target.scope.bytes or limits.bytes, limits.bytes)
    return VisitBudget(services.seconds, limits.seconds, bytes_most, seconds_before, bytes_before)


def _fetches(claim: Claim, services: VisitServices, budget: VisitBudget, threads: Threads, stop: Event) -> VisitFetches:
    limits = services.limits
    return VisitFetches(
        permits=services.permits.under(claim.key.list_id),
        fetcher=services.fetcher,
        log=FetchLog(services.ledger, claim),
        rate_limits=services.rate_limits,
        patience=Patience(claim.key.address, limits.patience),
        budget=budget,
        limits=ChainLimits(limits.redirects, limits.page, limits.picture),
        threads=threads,
        jar=Jar(services.clock) if limits.cookies else None,
        stop=stop,
        clock=services.clock,
    )
