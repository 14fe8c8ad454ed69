"""The stages of a page: requested, read with its pictures pending, and its outcome."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass

from reports.ledger.ledger import Memory
from reports.sighting import PageSeen
from scanner.crawl.frontier import CrawlStep
from scanner.fetch.visit_fetches import FetchResult
from scanner.page.content import PageContent
from scanner.visit.page_pictures import PendingPictures
from scanner.visit.site_memory import RememberedBody, RememberedPage
from scanner.visit.subresources import SubresourceRefs


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """A page as it was seen, and what the visit and the next one need of it."""

    seen: PageSeen
    killers: frozenset[bytes] = frozenset()
    """The pictures, by SHA-256, at which a confined worker died."""
    tor_failed: bool = False
    """True if a picture was missed because our own tor failed."""
    incomplete: bool = False
    """True if part of the page could not be fetched; a stopped visit must then not count it as read."""
    unchanged: RememberedPage | None = None
    """The page as an earlier record describes it; None if this one does."""
    memories: tuple[Memory, ...] = ()
    """Its new rows for the ledger to keep."""
    links: tuple[str, ...] = ()
    """Its links that will be followed."""
    picture_links: tuple[str, ...] = ()
    """Its references that are named like pictures, and are pages."""
    cut: bool = False
    """True if our own tor failed, or the visit was stopped, before the page was complete."""


@dataclass(frozen=True, slots=True)
class RequestedPage:
    """A page that was requested; or that could not be, because its list ended during the visit."""

    step: CrawlStep
    turn: int
    """Pages are finished in this order."""
    answer: Future[FetchResult] | PageOutcome
    known: RememberedPage | None = None
    """The page as it is remembered."""
    may_stand: bool = False
    """True if it may be recorded as unchanged."""
    queued: int = 0
    """The number of queue pages it has answered with."""

    def ready(self) -> bool:
        """Return True once it answered, or failed."""
        return isinstance(self.answer, PageOutcome) or self.answer.done()


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page that was read, whose pictures are pending."""

    requested: RequestedPage
    fetched: FetchResult
    content: PageContent
    body: RememberedBody
    subresources: SubresourceRefs
    standing: RememberedPage | None
    """The page as it was described, if nothing but its pictures can have changed since."""
    pending: PendingPictures

    @property
    def from_memory(self) -> bool:
        """True if its content is what was remembered of it, which holds no bytes of inline pictures."""
        known = self.requested.known
        return known is not None and self.content is known.content


@dataclass(frozen=True, slots=True)
class PendingPage:
    """A page that was read, whose pictures are pending; or that failed."""

    step: CrawlStep
    turn: int
    page: ReadPage | PageOutcome
    refused: Mapping[str, int]
    """Links that were not followed so far, by reason."""
    links: tuple[str, ...] = ()
    """Its links that will be followed."""

    def ready(self) -> bool:
        """Return True once its pictures arrived."""
        return isinstance(self.page, PageOutcome) or self.page.pending.ready()
