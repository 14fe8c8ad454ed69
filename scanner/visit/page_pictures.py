"""The pictures of one page: each is examined in memory, or named with the reason why it was not.

Every reference on the page ends as exactly one of three: a sighting, a failed picture, a picture not fetched. A picture
that stands on several pages of a visit is fetched once; each place where it stands is a sighting of its own. An
archive is opened in a confined worker: each picture in it is one of its own, at the archive's URL, `#`, the ordinal of
its entry and its name. What becomes of one picture, in other threads, is `scanner.visit.picture_fetch`.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import Final

from config.clock import Clock
from matcher.verdict import Examination, Examiner
from reports.ledger.ledger import FetchPurpose
from reports.sighting import FailedPicture, NotFetched, NotFetchedReason, Place, Relation, Sighting
from scanner.authority.permit import Permit, PermitPurpose, Permits
from scanner.authority.refusal import Refusal
from scanner.fetch.batch import FetchBatch
from scanner.page.content import PictureRef
from scanner.visit.picture_fetch import REFUSED, PictureFetcher
from scanner.visit.picture_outcome import (
    Bundle,
    BundleEntry,
    Delivery,
    Examined,
    FetchFailed,
    PictureOutcome,
    PictureOutcomes,
    Unchanged,
)
from scanner.visit.robots import Robots
from scanner.visit.site_memory import RememberedBody

QUEUED_FOR_EACH: Final = 3
"""So many pictures on their way for each that may be, and the next page is not asked for yet."""


@dataclass(slots=True)
class PendingPictures:
    """A page's pictures on their way; `charged` of the visit's budget are theirs alone."""

    fates: deque[Future[PictureOutcome | Bundle]] = field(repr=False)
    charged: int = 0

    def beside(self, others: "PendingPictures") -> "PendingPictures":
        """These and others of the same page."""
        return PendingPictures(self.fates + others.fates, self.charged + others.charged)

    def came(self) -> bool:
        """Whether each was fetched and examined, or failed."""
        while self.fates and self.fates[0].done():
            self.fates.popleft()
        return not self.fates


@dataclass(slots=True)
class PagePictures:
    """The pictures of one visit. `most` bounds how many are fetched, `at_once` of them in parallel.

    For one thread, which `bell` tells of each that came; `begin` lets pages' pictures be fetched before `gather` waits.
    """

    permits: Permits
    departures: FetchBatch
    examiner: Examiner
    of_one: PictureFetcher
    clock: Clock
    most: int
    at_once: int
    bell: Event
    robots: Robots | None = None
    _fates: dict[str, PictureOutcome] = field(default_factory=dict)
    _asked: dict[str, str] = field(default_factory=dict)
    """The onion service that a URL was, or would have been, asked of."""
    _bundles: dict[str, tuple[PictureRef, ...]] = field(default_factory=dict)
    """What stands within a URL that is an archive, or a body of several parts; each with a URL of its own."""
    _coming: dict[str, Future[PictureOutcome | Bundle]] = field(default_factory=dict)
    """What was begun, and whose fate is not settled yet."""
    _unended: set[Future[PictureOutcome | Bundle]] = field(default_factory=set)
    _corrected: dict[bytes, Examination] = field(default_factory=dict)
    """By SHA-256, what counts in place of what a worker said that failed its proof."""
    _ahead: int = 0
    """What was charged for pages that are not told yet."""

    @property
    def left(self) -> int:
        """How many may be fetched yet, as it stood when the page that is told was begun: what a trail goes on from."""
        return self.most + self._ahead

    def room(self) -> bool:
        """Whether the threads will soon have nothing to do."""
        return len(self._unended) < QUEUED_FOR_EACH * self.at_once

    def begin(self, urls: Iterable[str], known: Mapping[str, RememberedBody] | None = None) -> PendingPictures:
        """Plan to fetch those that this visit has not met, within its budget; what the page has to wait for.

        Without what is `known`, a picture that is only known to be the same is fetched again, to be examined.
        """
        before, urls = self.most, tuple(dict.fromkeys(urls))
        permitted = {url: permit for url in urls if (permit := self._permitted(url, anew=known is None)) is not None}
        together: set[Future[PictureOutcome | Bundle]] = set()
        for url, permit in permitted.items():
            fate = partial(self.of_one.fate, permit, (known or {}).get(url))
            self._coming[url] = coming = self.departures.plan(permit, FetchPurpose.PICTURE, fate)
            coming.add_done_callback(partial(self._ended, together))
            together.add(coming)
        self._unended |= together
        self._ahead += before - self.most
        return PendingPictures(deque(self._coming[url] for url in urls if url in self._coming), before - self.most)

    def told(self, coming: PendingPictures) -> None:
        """Their page is told now: what they were charged is spent."""
        self._ahead -= coming.charged

    def _ended(self, together: set[Future[PictureOutcome | Bundle]], coming: Future[PictureOutcome | Bundle]) -> None:
        """Ring for the last of those begun together, and when there is room again: a page waits for nothing else."""
        had_room = self.room()
        self._unended.discard(coming)
        together.discard(coming)
        if not together or (self.room() and not had_room):
            self.bell.set()

    def gather(self, page_url: str, address: str, references: Sequence[PictureRef]) -> PictureOutcomes:
        """Fetch, examine and place every picture that the page names."""
        self._fetch_new([ref.untrusted_url for ref in references if ref.untrusted_url])
        references = [one for ref in references for one in self._within(page_url, address, ref)]
        inline = {ref: self._inline(address, ref) for ref in references if not ref.untrusted_url}
        self._prove(inline)
        placed = [self._place(page_url, address, reference, inline) for reference in references]
        return PictureOutcomes(
            sightings=tuple(one for one in placed if isinstance(one, Sighting)),
            failed=tuple(one for one in placed if isinstance(one, FailedPicture)),
            not_fetched=tuple(one for one in placed if isinstance(one, NotFetched)),
            bodies=self._bodies(references),
        )

    def gather_again(
        self, page_url: str, address: str, references: Sequence[PictureRef], known: Mapping[str, RememberedBody]
    ) -> PictureOutcomes | None:
        """Ask for what has changed since the page was described; None when one of its pictures has.

        Pictures within the page are not asked about: they change with it.
        """
        urls = [ref.untrusted_url for ref in references if ref.untrusted_url]
        self._fetch_new(urls, known)
        if any(self._differs(url, known) for url in urls):
            return None
        missing = [ref for ref in references if not self._is_there(ref)]
        placed = [self._place(page_url, address, reference, {}) for reference in missing]
        return PictureOutcomes(
            sightings=(),
            failed=tuple(one for one in placed if isinstance(one, FailedPicture)),
            not_fetched=tuple(one for one in placed if isinstance(one, NotFetched)),
            bodies=self._bodies(references),
            unchanged=len(references) - len(missing),
        )

    def _differs(self, url: str, known: Mapping[str, RememberedBody]) -> bool:
        """Whether a picture came that is not the one that was described."""
        fate = self._fates.get(url)
        if not isinstance(fate, Examined | Unchanged):
            return fate is None  # an archive: what is in it is described anew
        return fate.body is None or url not in known or known[url].token != fate.body.token

    def _is_there(self, reference: PictureRef) -> bool:
        return not reference.untrusted_url or isinstance(self._fates[reference.untrusted_url], Examined | Unchanged)

    def _bodies(self, references: Sequence[PictureRef]) -> dict[str, RememberedBody]:
        fates = {ref.untrusted_url: self._fates.get(ref.untrusted_url) for ref in references if ref.untrusted_url}
        came = {url: fate.body for url, fate in fates.items() if isinstance(fate, Examined | Unchanged)}
        return {url: body for url, body in came.items() if body is not None}

    def _fetch_new(self, urls: Sequence[str], known: Mapping[str, RememberedBody] | None = None) -> None:
        """Settle the fate of each URL that this visit has not met, those begun already first."""
        self._wait_for(urls)
        begun = self.begin(urls, known)
        self._wait_for(urls)
        self.told(begun)

    def _wait_for(self, urls: Iterable[str]) -> None:
        self.departures.leave()
        for url in urls:
            coming = self._coming.pop(url, None)
            if coming is not None:
                self._settle(url, coming.result())

    def _permitted(self, url: str, *, anew: bool) -> Permit | None:
        """Leave to fetch it, charged to the budget; None when it was fetched, is on its way, or its fate is settled."""
        fate = self._fates.get(url)
        is_settled = fate is not None and not (anew and isinstance(fate, Unchanged))
        if is_settled or url in self._bundles or url in self._coming:
            return None
        self.most += isinstance(fate, Unchanged)
        answer = self.permits.permit(url, self.clock(), PermitPurpose.PICTURE)
        if isinstance(answer, Refusal):
            self._fates[url] = REFUSED[answer.reason]
            return None
        self._asked[url] = answer.address
        if self.robots is not None and self.robots.keeps_from(answer.url):
            self._fates[url] = NotFetchedReason.ROBOTS
            return None
        if self.most <= 0:
            self._fates[url] = NotFetchedReason.PAGE_BUDGET
            return None
        self.most -= 1
        return answer

    def _settle(self, url: str, fate: PictureOutcome | Bundle) -> None:
        if isinstance(fate, Bundle):
            self._bundles[url] = tuple(self._entered(entry) for entry in fate.within)
            self.most = max(0, self.most - len(fate.within))
        else:
            self._fates[url] = self._believed(fate) if isinstance(fate, Examined) else fate

    def _entered(self, entry: BundleEntry) -> PictureRef:
        url = entry.reference.untrusted_url
        self._asked[url] = entry.address
        self._settle(url, entry.fate)
        return entry.reference

    def _within(self, page_url: str, address: str, reference: PictureRef) -> Sequence[PictureRef]:
        """The pictures within a reference that is a bundle, each named as the bundle was; else itself."""
        if reference.untrusted_entry:
            return (self._entered(self.of_one.entry(reference, page_url, self._with_its_page(address))),)
        within = self._bundles.get(reference.untrusted_url)
        return [replace(one, linked_only=reference.linked_only) for one in within] if within else (reference,)

    def _prove(self, inline: dict[PictureRef, Examined]) -> None:
        """What a worker said that fails its proof does not stand: those pictures were examined again."""
        if again := self.examiner.recheck():
            self._corrected.update(again)
            shown = {url: fate for url, fate in self._fates.items() if isinstance(fate, Examined)}
            self._fates.update({url: self._believed(examined) for url, examined in shown.items()})
            inline.update({ref: self._believed(examined) for ref, examined in inline.items()})

    def _believed(self, examined: Examined) -> Examined:
        """With the examination that counts."""
        before = examined.examination
        counts = self._corrected.get(before.fingerprint.digests.sha256)
        return examined if counts is None else replace(examined, examination=counts)

    def _place(
        self, page_url: str, address: str, reference: PictureRef, inline: Mapping[PictureRef, Examined]
    ) -> Sighting | FailedPicture | NotFetched:
        fate = self._fates[reference.untrusted_url] if reference.untrusted_url else inline[reference]
        if isinstance(fate, Unchanged):
            msg = "a picture that is known to be the same is fetched again before it is described"
            raise TypeError(msg)
        relation = self._relation(address, reference, fate)
        place = Place(reference.untrusted_url, page_url, reference.embedding, relation)
        if isinstance(fate, NotFetchedReason):
            return NotFetched(place, fate)
        if isinstance(fate, FetchFailed):
            return FailedPicture(place, fate.redirects, fate.cause, fate.fetches)
        return Sighting(
            place=place,
            redirects=fate.redirects,
            fetched_from=fate.fetched_from,
            fetched_until=fate.fetched_until,
            declared_type=fate.declared_type,
            complete=fate.complete,
            fingerprint=fate.examination.fingerprint,
            verdict=fate.examination.verdict,
            fetches=fate.fetches,
        )

    def _inline(self, address: str, reference: PictureRef) -> Examined:
        return self._with_its_page(address).shown(self.examiner.examine(reference.untrusted_inline))

    def _with_its_page(self, address: str) -> Delivery:
        """How what stands within the page came."""
        now = self.clock()
        return Delivery(address, (), now, now, complete=True)

    def _relation(self, address: str, reference: PictureRef, fate: PictureOutcome) -> Relation:
        """Judged by who served it in the end; where nobody did, by whom it would have been asked of."""
        if not reference.untrusted_url:
            return Relation.INLINE
        if reference.linked_only:
            return Relation.LINKED_ONLY
        server = fate.address if isinstance(fate, Examined) else self._asked.get(reference.untrusted_url, "")
        return Relation.HOSTED_HERE if server == address else Relation.EMBEDDED_FROM_ELSEWHERE
