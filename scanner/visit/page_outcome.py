"""What becomes of a page that answered: described, picture by picture, or told as unchanged since it was described.

Every picture that the page or a part of it names is fetched or asked for anew, and accounted for, either way. What may
be remembered of the page for the next visit (docs/adr/0016) goes into the same transaction as its record.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from matcher.fingerprint import Fingerprint, UndecidedReason
from matcher.verdict import Examiner
from reports.ledger.ledger import Memory
from reports.sighting import IdentifierSeen, NotFetchedReason, PageSeen
from scanner.crawl.leads import leads
from scanner.exchange.failure import OUR_OWN
from scanner.exchange.port import Failed
from scanner.fetch.visit_fetches import FetchResult
from scanner.hash_lists import rejudge as rejudging
from scanner.page.content import HTML_TYPES, MAYBE_PAGES, PageContent, PictureRef
from scanner.visit.page_pictures import PagePictures, PendingPictures
from scanner.visit.picture_outcome import PictureOutcomes
from scanner.visit.robots import Robots
from scanner.visit.site_memory import CONTRADICTED, RememberedPage, SiteMemory
from scanner.visit.subresources import SubresourceRefs, Subresources

KILLED_DECODING = frozenset(reason for reason in UndecidedReason if reason.name.startswith("KILLED"))
NOT_FOR_GOOD = frozenset(
    (*KILLED_DECODING, UndecidedReason.TIME_LIMIT, UndecidedReason.MEMORY_LIMIT, UndecidedReason.NO_WORKER)
)
"""Reasons for which a picture is tried again at the next visit."""


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """A page as it was seen, and what the visit and the next one need of it."""

    seen: PageSeen
    killers: frozenset[bytes] = frozenset()
    """The pictures, by SHA-256, at which a confined worker died."""
    ours_failed: bool = False
    """Whether a picture was missed because our own tor failed."""
    lacking: bool = False
    """Whether something of it could not be had: no stop may count it as read then."""
    remember: RememberedPage | None = None
    """The page, where it may be remembered."""
    row: tuple[Memory, ...] = ()
    """What the ledger is to keep of it, where that is new."""
    found: tuple[str, ...] = ()
    """Its links that will be followed."""
    instead: tuple[str, ...] = ()
    """What it links to by a picture's name, and is a page."""
    cut: bool = False
    """Whether our own tor failed, or the visit was stopped, before it was whole."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page that answered and was read, whose pictures are on their way."""

    url: str
    reached: FetchResult
    content: PageContent
    parts: SubresourceRefs
    """What its parts name."""
    known: RememberedPage | None
    """What was remembered of it, whether or not it stands."""
    now: RememberedPage | None
    """The page as it was described, where nothing but its pictures can have changed since."""
    coming: PendingPictures

    @property
    def remembered(self) -> bool:
        """Whether its content is what was remembered of it, which holds no bytes of pictures within the page."""
        return self.known is not None and self.content is self.known.content

    def came(self) -> bool:
        """Whether its pictures did."""
        return self.coming.came()


@dataclass(slots=True)
class Pages:
    """The pages of one visit, once each has answered."""

    address: str
    examiner: Examiner
    parts: Subresources
    pictures: PagePictures
    robots: Robots
    memory: SiteMemory
    keeps_fingerprints: bool = False

    def begin(
        self, url: str, reached: FetchResult, content: PageContent, known: RememberedPage | None, *, stands: bool
    ) -> ReadPage:
        """Send for its pictures, and read its parts: only for what has changed, where it may stand as it was described.

        `known` is what was remembered of it, and `stands` whether that may be told again.
        """
        now = self.memory.revisited(reached, content, known) if known is not None and stands else None
        self.parts.send_for(content)
        own = self._send_for(content.pictures, now)
        parts = self.parts.of(content)
        if now is not None and self.memory.with_parts(now.own, parts.named, parts.notes) != now.whole:
            now = None
        coming = own.beside(self._send_for(parts.named, now))
        return ReadPage(url, reached, content, parts, known, now, coming)

    def _send_for(self, pictures: Iterable[PictureRef], now: RememberedPage | None) -> PendingPictures:
        urls = [picture.untrusted_url for picture in pictures if picture.untrusted_url]
        return self.pictures.begin(urls, None if now is None else now.pictures)

    def told(self, page: ReadPage) -> PageOutcome | None:
        """What became of it, once its pictures came; None when it is as it was and its pictures are not."""
        self.pictures.told(page.coming)
        again = None if page.now is None else self._again(page, page.now)
        return again if again is not None or page.remembered else self._described(page)

    def _described(self, page: ReadPage) -> PageOutcome:
        """Every picture on the page, judged."""
        reached, content, known = page.reached, page.content, page.known
        parts = self.parts.of(content, whole=True)
        references = _each_once((*content.pictures, *(parts.pictures or ())))
        gathered = self.pictures.gather(reached.permit.url, reached.permit.address, references)
        fingerprints = [sighting.fingerprint for sighting in gathered.sightings]
        remember, instead = None, _pages_in_pictures_places(gathered)
        if self._may_be_remembered(reached, gathered, fingerprints) and not instead:
            described = self.memory.described(reached, content, known)
            whole = self.memory.with_parts(described.own, parts.named, parts.notes)
            remember = replace(described, whole=whole, pictures=self.memory.beside(gathered.bodies, known))
        named, left = leads(content, self.address, gathered.not_fetched)
        contradicted = (CONTRADICTED,) if self.memory.liar else ()
        seen = replace(
            fetched(reached),
            identifiers=self._identified(content),
            leads=named,
            leads_left=left,
            sightings=gathered.sightings,
            failed=gathered.failed,
            not_fetched=gathered.not_fetched,
            notes=content.notes + parts.notes + self.robots.remark(page.url) + contradicted,
        )
        return PageOutcome(
            seen=seen,
            killers=frozenset(one.digests.sha256 for one in fingerprints if one.undecided in KILLED_DECODING),
            ours_failed=_ours_failed(gathered),
            lacking=_lacking(gathered, parts),
            remember=remember,
            instead=instead,
            row=(
                *self.parts.drain(),
                *((self.memory.row(reached.permit.url, remember),) if remember else ()),
                *(self._kept(reached.permit.url, fingerprints) if self.keeps_fingerprints else ()),
            ),
        )

    def _again(self, page: ReadPage, now: RememberedPage) -> PageOutcome | None:
        """The page as unchanged, but for pictures that cannot be had now; None when it must be described anew."""
        reached = page.reached
        pictures = _each_once((*now.content.pictures, *page.parts.named))
        gathered = self.pictures.gather_again(reached.permit.url, reached.permit.address, pictures, now.pictures)
        if gathered is None:
            return None
        now = replace(now, pictures={**now.pictures, **gathered.bodies})
        seen = replace(
            fetched(reached),
            failed=gathered.failed,
            not_fetched=gathered.not_fetched,
            notes=page.content.notes + page.parts.notes + self.robots.remark(page.url),
            unchanged=gathered.unchanged,
        )
        row = () if now == page.known else (self.memory.row(reached.permit.url, now),)
        return PageOutcome(
            seen,
            ours_failed=_ours_failed(gathered),
            lacking=_lacking(gathered, page.parts),
            remember=now,
            row=(*self.parts.drain(), *row),
        )

    def _kept(self, url: str, fingerprints: Sequence[Fingerprint]) -> tuple[Memory]:
        """What is kept of the page's pictures, to be judged again by later lists."""
        memory, lists = self.memory, self.examiner.lists()
        body, until = rejudging.write(lists, fingerprints), memory.now + memory.trust.kept
        editions = rejudging.token(memory.ledger, lists)
        return (Memory(f"fingerprints {url}", body, until, memory.destroy_by, editions),)

    def _may_be_remembered(
        self, reached: FetchResult, gathered: PictureOutcomes, fingerprints: Iterable[Fingerprint]
    ) -> bool:
        """Whether every picture on it would be known again, and none is to be tried again."""
        known_again = all(one.place.url in gathered.bodies for one in gathered.sightings if one.place.url)
        for_good = not any(one.undecided in NOT_FOR_GOOD for one in fingerprints)
        return known_again and for_good and not reached.redirects

    def _identified(self, content: PageContent) -> tuple[IdentifierSeen, ...]:
        """The files that the page names, with the entries that they equal."""
        identify = self.examiner.identify
        named = ((one, identify(one.identifier)) for one in content.identifiers)
        return tuple(IdentifierSeen(one.identifier, one.named_by, hits, listed=bool(hits)) for one, hits in named)


def fetched(reached: FetchResult) -> PageSeen:
    """A page as its fetch left it, before its pictures."""
    url, result = reached.permit.url, reached.result
    page = replace(unfetched(url, result.started), redirects=reached.redirects, fetched_until=result.ended)
    if isinstance(result, Failed):
        return page
    body_sha256 = hashlib.sha256(result.untrusted_body).hexdigest()
    return replace(page, status=result.status, body_sha256=body_sha256, complete=result.complete)


def unfetched(url: str, now: datetime) -> PageSeen:
    """A page without an answer: failed, or no permit was minted for it because its list ended during the visit."""
    return PageSeen(url, (), 0, now, now, "", "", complete=False, sightings=(), not_fetched=(), failed=())


def _pages_in_pictures_places(gathered: PictureOutcomes) -> tuple[str, ...]:
    """What had a picture's name and gave a page, as `File:name.jpg` does, and frames may: pictures may be on these."""
    maybe = (one for one in gathered.sightings if one.place.embedding in MAYBE_PAGES)
    pages = (one for one in maybe if one.declared_type.strip().lower().startswith(HTML_TYPES))
    return tuple(one.place.url for one in pages if one.fingerprint.undecided is UndecidedReason.NOT_A_PICTURE)


def _ours_failed(gathered: PictureOutcomes) -> bool:
    return any(failed.cause in OUR_OWN for failed in gathered.failed)


def _lacking(gathered: PictureOutcomes, parts: SubresourceRefs) -> bool:
    stopped = any(one.reason is NotFetchedReason.STOPPED for one in gathered.not_fetched)
    return stopped or bool(gathered.failed or parts.notes)


def _each_once(pictures: Iterable[PictureRef]) -> tuple[PictureRef, ...]:
    """A picture that the page and a part of it both name, in the same way, stands there once."""
    return tuple(dict.fromkeys(pictures))
