"""The outcome of a page that answered: described, picture by picture, or unchanged since it was described.

Every picture that the page or a subresource names is accounted for either way. What may be remembered of the page for
the next visit (docs/adr/0016) goes into the same transaction as its record.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from matcher.fingerprint import Fingerprint, UndecidedReason
from reports.ledger.ledger import Memory
from reports.sighting import IdentifierSeen, NotFetchedReason, PageSeen
from scanner.crawl.leads import leads
from scanner.exchange.failure import OUR_OWN
from scanner.exchange.port import Failed
from scanner.fetch.visit_fetches import FetchResult
from scanner.hash_lists import rejudge as rejudging
from scanner.page.content import HTML_TYPES, MAYBE_PAGES, PageContent, PictureRef
from scanner.visit.page_pictures import PagePictures, PendingPictures
from scanner.visit.page_stages import PageOutcome, ReadPage, RequestedPage
from scanner.visit.picture_outcome import PictureOutcomes
from scanner.visit.robots import Robots
from scanner.visit.site_memory import CONTRADICTED, RememberedBody, RememberedPage, SiteMemory
from scanner.visit.site_visit import SiteVisit
from scanner.visit.subresources import SubresourceRefs, Subresources

KILLED_DECODING = frozenset(reason for reason in UndecidedReason if reason.name.startswith("KILLED"))
RETRIED = frozenset(
    (*KILLED_DECODING, UndecidedReason.TIME_LIMIT, UndecidedReason.MEMORY_LIMIT, UndecidedReason.NO_WORKER)
)
"""The reasons for which a picture is tried again at the next visit."""


@dataclass(frozen=True, slots=True)
class PageOutcomes:
    """Decides the outcomes of one visit's pages, once each was read."""

    visit: SiteVisit
    subresources: Subresources
    pictures: PagePictures
    robots: Robots
    memory: SiteMemory

    def begin(
        self, requested: RequestedPage, fetched: FetchResult, content: PageContent, body: RememberedBody
    ) -> ReadPage:
        """Request the page's pictures, and read its subresources: only what has changed, where the page may stand."""
        known, turn = requested.known, requested.turn
        standing = self.memory.revisited(content, body, known) if known is not None and requested.may_stand else None
        self.subresources.request(content, turn)
        own = self._request(content.pictures, turn, standing)
        parts = self.subresources.of(content, turn)
        if standing is not None:
            whole = self.memory.with_subresources(standing.own, parts.named, parts.notes)
            standing = standing if whole == standing.whole else None
        pending = own.and_also(self._request(parts.named, turn, standing))
        return ReadPage(requested, fetched, content, body, parts, standing, pending)

    def _request(self, pictures: Iterable[PictureRef], turn: int, standing: RememberedPage | None) -> PendingPictures:
        urls = [picture.untrusted_url for picture in pictures if picture.untrusted_url]
        return self.pictures.request(urls, turn, None if standing is None else standing.pictures)

    def finish(self, page: ReadPage) -> PageOutcome | None:
        """Return the outcome once the pictures arrived; None if they changed and the page must be fetched whole."""
        self.pictures.finish(page.pending)
        unchanged = None if page.standing is None else self._unchanged(page, page.standing)
        return unchanged if unchanged is not None or page.from_memory else self._described(page)

    def _unchanged(self, page: ReadPage, standing: RememberedPage) -> PageOutcome | None:
        """Return the page as unchanged, except for pictures that cannot be fetched; None if a picture changed."""
        permit = page.fetched.permit
        references = _distinct((*standing.content.pictures, *page.subresources.named))
        outcomes = self.pictures.gather_unchanged(permit, page.requested.turn, references, standing.pictures)
        if outcomes is None:
            return None
        now = replace(standing, pictures={**standing.pictures, **outcomes.bodies})
        rows = () if now == page.requested.known else (self.memory.row(permit.url, now),)
        return replace(self._outcome(page, outcomes, page.subresources, rows), unchanged=now)

    def _described(self, page: ReadPage) -> PageOutcome:
        """Return the page with every picture on it judged."""
        permit, content = page.fetched.permit, page.content
        parts = self.subresources.of(content, page.requested.turn, whole=True)
        references = _distinct((*content.pictures, *(parts.pictures or ())))
        outcomes = self.pictures.gather(permit, page.requested.turn, references)
        fingerprints = [sighting.fingerprint for sighting in outcomes.sightings]
        picture_links = _pages_among_pictures(outcomes)
        rows: tuple[Memory, ...] = ()
        if not picture_links and not page.fetched.redirects and _may_be_remembered(outcomes):
            rows = (self._remembered(page, parts, outcomes),)
        if self.visit.services.keeps_fingerprints:
            rows += (self._kept(permit.url, fingerprints),)
        outcome = self._outcome(page, outcomes, parts, rows)
        named, left = leads(content, self.visit.address, outcomes.not_fetched)
        contradicted = (CONTRADICTED,) if self.memory.contradicted else ()
        seen = replace(
            outcome.seen,
            identifiers=self._identified(content),
            leads=named,
            leads_left=left,
            notes=outcome.seen.notes + contradicted,
        )
        killers = frozenset(print_.digests.sha256 for print_ in fingerprints if print_.undecided in KILLED_DECODING)
        return replace(outcome, seen=seen, killers=killers, picture_links=picture_links)

    def _outcome(
        self, page: ReadPage, outcomes: PictureOutcomes, parts: SubresourceRefs, rows: tuple[Memory, ...]
    ) -> PageOutcome:
        """Return what both kinds of outcome have in common."""
        stopped = any(picture.reason is NotFetchedReason.STOPPED for picture in outcomes.not_fetched)
        seen = replace(
            fetched_page(page.fetched),
            sightings=outcomes.sightings,
            failed=outcomes.failed,
            not_fetched=outcomes.not_fetched,
            notes=page.content.notes + parts.notes + self.robots.note(page.requested.step.url),
            unchanged=outcomes.unchanged,
        )
        return PageOutcome(
            seen=seen,
            tor_failed=any(picture.cause in OUR_OWN for picture in outcomes.failed),
            incomplete=stopped or bool(outcomes.failed or parts.notes),
            memories=(*self.subresources.take_rows(), *rows),
        )

    def _remembered(self, page: ReadPage, parts: SubresourceRefs, outcomes: PictureOutcomes) -> Memory:
        """Return what to remember of a page that is described now."""
        described = self.memory.described(page.content, page.body)
        whole = self.memory.with_subresources(described.own, parts.named, parts.notes)
        pictures = self.memory.update_pictures(outcomes.bodies, page.requested.known)
        return self.memory.row(page.fetched.permit.url, replace(described, whole=whole, pictures=pictures))

    def _kept(self, url: str, fingerprints: Sequence[Fingerprint]) -> Memory:
        """Return the fingerprints of the page's pictures, for later lists to judge."""
        memory, lists = self.memory, self.visit.services.examiner.lists()
        body, until = rejudging.write(lists, fingerprints), memory.now + memory.policy.kept
        return Memory(f"fingerprints {url}", body, until, memory.destroy_by, rejudging.token(memory.ledger, lists))

    def _identified(self, content: PageContent) -> tuple[IdentifierSeen, ...]:
        """Return the files that the page names, with the entries that they equal."""
        identify = self.visit.services.examiner.identify
        named = ((reference, identify(reference.identifier)) for reference in content.identifiers)
        return tuple(IdentifierSeen(ref.identifier, ref.named_by, hits, listed=bool(hits)) for ref, hits in named)


def fetched_page(fetched: FetchResult) -> PageSeen:
    """Return a page as its fetch left it, without its pictures."""
    url, answer = fetched.permit.url, fetched.result
    page = replace(unfetched_page(url, answer.started), redirects=fetched.redirects, fetched_until=answer.ended)
    if isinstance(answer, Failed):
        return page
    body_sha256 = hashlib.sha256(answer.untrusted_body).hexdigest()
    return replace(page, status=answer.status, body_sha256=body_sha256, complete=answer.complete)


def unfetched_page(url: str, now: datetime) -> PageSeen:
    """Return a page without an answer: it failed, or its list ended during the visit."""
    return PageSeen(url, (), 0, now, now, "", "", complete=False, sightings=(), not_fetched=(), failed=())


def _may_be_remembered(outcomes: PictureOutcomes) -> bool:
    """Return True if every picture would be known again, and none is to be tried again."""
    sightings = outcomes.sightings
    known_again = all(sighting.place.url in outcomes.bodies for sighting in sightings if sighting.place.url)
    return known_again and not any(sighting.fingerprint.undecided in RETRIED for sighting in sightings)


def _pages_among_pictures(outcomes: PictureOutcomes) -> tuple[str, ...]:
    """Return what is named like a picture and is a page, as `File:name.jpg` and frames may be: it may show pictures."""
    maybe = (sighting for sighting in outcomes.sightings if sighting.place.embedding in MAYBE_PAGES)
    pages = (page for page in maybe if page.declared_type.strip().lower().startswith(HTML_TYPES))
    return tuple(page.place.url for page in pages if page.fingerprint.not_examined)


def _distinct(pictures: Iterable[PictureRef]) -> tuple[PictureRef, ...]:
    """Return each reference once: the page and a subresource may both name a picture in the same way."""
    return tuple(dict.fromkeys(pictures))
