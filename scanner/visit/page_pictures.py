"""The pictures of a page: each is examined in memory, or named with the reason why it was not.

- Every reference on the page ends as exactly one of three: a sighting, a failed picture, a picture not fetched.
- A picture on several pages of a visit is fetched once; each place where it stands is a sighting.
- An archive is opened in a confined worker: each picture in it has a URL made of the archive's, `#`, the ordinal of its
  entry and its name.
- The outcome of one picture is decided in other threads, by `FetchedPictures`.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from types import MappingProxyType
from typing import Final

from matcher.verdict import Examination
from reports.sighting import FailedPicture, NotFetched, NotFetchedReason, Place, Relation, Sighting
from scanner.authority.permit import Permit, PermitPurpose
from scanner.authority.refusal import Refusal, RefusalReason
from scanner.page.content import PictureRef
from scanner.visit.picture_outcome import (
    Bundle,
    BundleEntry,
    Examined,
    FetchedPictures,
    FetchFailed,
    PictureDelivery,
    PictureOutcome,
    PictureOutcomes,
    UnchangedPicture,
)
from scanner.visit.robots import Robots
from scanner.visit.site_memory import RememberedBody, SiteMemory
from scanner.visit.site_visit import SiteVisit

QUEUED_FOR_EACH: Final = 3
"""Pending pictures for each thread, above which the next page is not requested yet."""
REFUSED: Final[Mapping[RefusalReason, NotFetchedReason]] = MappingProxyType(
    {
        RefusalReason.NOT_LISTED: NotFetchedReason.OFF_LIST,
        RefusalReason.OUT_OF_SCOPE: NotFetchedReason.OUT_OF_SCOPE,
        RefusalReason.MALFORMED: NotFetchedReason.MALFORMED,
    }
)

PendingPicture = Future[PictureOutcome | Bundle]


@dataclass(slots=True)
class PendingPictures:
    """The pending pictures of a page; `charged` of the visit's picture budget are for it alone."""

    pictures: deque[PendingPicture] = field(repr=False)
    charged: int = 0

    def and_also(self, others: "PendingPictures") -> "PendingPictures":
        """Return these together with others of the same page."""
        return PendingPictures(self.pictures + others.pictures, self.charged + others.charged)

    def ready(self) -> bool:
        """Return True if each has its outcome."""
        while self.pictures and self.pictures[0].done():
            self.pictures.popleft()
        return not self.pictures


@dataclass(slots=True)
class PagePictures:
    """The pictures of one visit's pages. For the visit's own thread; `arrived` is set when a page may have them all."""

    visit: SiteVisit
    robots: Robots
    memory: SiteMemory
    arrived: Event
    fetched: FetchedPictures = field(init=False)
    remaining: int = field(init=False)
    """The pictures that may still be fetched."""
    _outcomes: dict[str, PictureOutcome] = field(default_factory=dict)
    _servers: dict[str, str] = field(default_factory=dict)
    """The onion service that a URL was, or would have been, requested from."""
    _bundles: dict[str, tuple[PictureRef, ...]] = field(default_factory=dict)
    """The pictures within a URL that is a bundle, each with a URL made for it."""
    _pending: dict[str, PendingPicture] = field(default_factory=dict)
    """Pictures that were requested and are not settled yet."""
    _unfinished: set[PendingPicture] = field(default_factory=set)
    _corrected: dict[bytes, Examination] = field(default_factory=dict)
    """By SHA-256, the examination that replaces one whose worker failed its recheck."""
    _charged_ahead: int = 0
    """Charged for pages that are not finished yet."""

    def __post_init__(self) -> None:
        services, last = self.visit.services, self.visit.earlier.last
        self.fetched = FetchedPictures(services.examiner, services.reader, self.memory, self.visit.fetches.budget)
        self.remaining = last.pictures_left if last else services.limits.pictures

    @property
    def left(self) -> int:
        """Picture budget left when the page being finished was opened; a resumed visit starts from it."""
        return self.remaining + self._charged_ahead

    def room(self) -> bool:
        """Return True if the threads will soon be idle."""
        return len(self._unfinished) < QUEUED_FOR_EACH * self.visit.services.limits.pictures_at_once

    def request(
        self, urls: Iterable[str], turn: int, known: Mapping[str, RememberedBody] | None = None
    ) -> PendingPictures:
        """Plan to fetch those that are new to this visit, within its budget; return all that the page must wait for.

        Without `known`, a picture that is only known to be unchanged is fetched again, to be examined.
        """
        before, urls = self.remaining, tuple(dict.fromkeys(urls))
        permits = {url: permit for url in urls if (permit := self._charge(url, conditional=known is not None))}
        together: set[PendingPicture] = set()
        for url, permit in permits.items():
            body = (known or {}).get(url)
            validators = partial(self.memory.validators_for, permit.url, body)
            then = partial(self.fetched.outcome, body)
            self._pending[url] = picture = self.visit.fetches.plan(permit, then, page=turn, validators=validators)
            picture.add_done_callback(partial(self._arrived, together))
            together.add(picture)
        self._unfinished |= together
        self._charged_ahead += before - self.remaining
        return PendingPictures(
            deque(self._pending[url] for url in urls if url in self._pending), before - self.remaining
        )

    def _arrived(self, together: set[PendingPicture], picture: PendingPicture) -> None:
        """Wake the visit's thread at the last of those requested together, and when there is room again."""
        had_room = self.room()
        self._unfinished.discard(picture)
        together.discard(picture)
        if not together or (self.room() and not had_room):
            self.arrived.set()

    def finish(self, pending: PendingPictures) -> None:
        """Count the page's charge as spent."""
        self._charged_ahead -= pending.charged

    def gather(self, page: Permit, turn: int, references: Sequence[PictureRef]) -> PictureOutcomes:
        """Fetch, examine and place every picture that the page names. `page` is its permit, `turn` its turn."""
        self._settle_all([ref.untrusted_url for ref in references if ref.untrusted_url], turn)
        references = [entry for ref in references for entry in self._entries(page, ref)]
        inline = {ref: self._inline(page, ref) for ref in references if not ref.untrusted_url}
        self._recheck(inline)
        return self._placed(page, references, inline)

    def gather_unchanged(
        self,
        page: Permit,
        turn: int,
        references: Sequence[PictureRef],
        known: Mapping[str, RememberedBody],
    ) -> PictureOutcomes | None:
        """Fetch what has changed since the page was described; None if one of its pictures has.

        Inline pictures are not looked at: they change with their page.
        """
        urls = [ref.untrusted_url for ref in references if ref.untrusted_url]
        self._settle_all(urls, turn, known)
        if any(self._differs(url, known) for url in urls):
            return None
        missing = [ref for ref in references if not self._stands(ref)]
        bodies = self._bodies(references)
        return replace(self._placed(page, missing, {}), bodies=bodies, unchanged=len(references) - len(missing))

    def _placed(
        self, page: Permit, references: Sequence[PictureRef], inline: Mapping[PictureRef, Examined]
    ) -> PictureOutcomes:
        placed = [self._place(page, reference, inline) for reference in references]
        return PictureOutcomes(
            sightings=tuple(picture for picture in placed if isinstance(picture, Sighting)),
            failed=tuple(picture for picture in placed if isinstance(picture, FailedPicture)),
            not_fetched=tuple(picture for picture in placed if isinstance(picture, NotFetched)),
            bodies=self._bodies(references),
        )

    def _differs(self, url: str, known: Mapping[str, RememberedBody]) -> bool:
        """Return True if a picture arrived that is not the one that was described."""
        outcome = self._outcomes.get(url)
        if not isinstance(outcome, Examined | UnchangedPicture):
            return outcome is None  # an archive: its entries are described again
        return outcome.body is None or url not in known or known[url].token != outcome.body.token

    def _stands(self, reference: PictureRef) -> bool:
        url = reference.untrusted_url
        return not url or isinstance(self._outcomes[url], Examined | UnchangedPicture)

    def _bodies(self, references: Sequence[PictureRef]) -> dict[str, RememberedBody]:
        outcomes = {ref.untrusted_url: self._outcomes.get(ref.untrusted_url) for ref in references if ref.untrusted_url}
        bodies = {
            url: outcome.body for url, outcome in outcomes.items() if isinstance(outcome, Examined | UnchangedPicture)
        }
        return {url: body for url, body in bodies.items() if body is not None}

    def _settle_all(self, urls: Sequence[str], turn: int, known: Mapping[str, RememberedBody] | None = None) -> None:
        """Settle each URL: those that are pending, and then those that must still be requested."""
        self._wait_for(urls)
        requested = self.request(urls, turn, known)
        self._wait_for(urls)
        self.finish(requested)

    def _wait_for(self, urls: Iterable[str]) -> None:
        self.visit.fetches.send()
        for url in urls:
            if (picture := self._pending.pop(url, None)) is not None:
                self._settle(url, picture.result())

    def _charge(self, url: str, *, conditional: bool) -> Permit | None:
        """Return a permit charged to the budget; None if it was fetched, is pending, or its outcome is settled."""
        outcome = self._outcomes.get(url)
        is_settled = outcome is not None and (conditional or not isinstance(outcome, UnchangedPicture))
        if is_settled or url in self._bundles or url in self._pending:
            return None
        self.remaining += isinstance(outcome, UnchangedPicture)
        answer = self.visit.fetches.permit(url, PermitPurpose.PICTURE)
        if isinstance(answer, Refusal):
            self._outcomes[url] = REFUSED[answer.reason]
            return None
        self._servers[url] = answer.address
        if self.robots.keeps_from(answer.url):
            self._outcomes[url] = NotFetchedReason.ROBOTS
            return None
        if self.remaining <= 0:
            self._outcomes[url] = NotFetchedReason.PAGE_BUDGET
            return None
        self.remaining -= 1
        return answer

    def _settle(self, url: str, outcome: PictureOutcome | Bundle) -> None:
        if isinstance(outcome, Bundle):
            self._bundles[url] = tuple(self._settle_entry(entry) for entry in outcome.entries)
            self.remaining = max(0, self.remaining - len(outcome.entries))
        else:
            self._outcomes[url] = self._corrected_outcome(outcome) if isinstance(outcome, Examined) else outcome

    def _settle_entry(self, entry: BundleEntry) -> PictureRef:
        url = entry.reference.untrusted_url
        self._servers[url] = entry.address
        self._settle(url, entry.outcome)
        return entry.reference

    def _entries(self, page: Permit, reference: PictureRef) -> Sequence[PictureRef]:
        """Return the pictures within a reference that is a bundle, each named as the bundle is; else itself."""
        if reference.untrusted_entry:
            return (self._settle_entry(self.fetched.entry(reference, page.url, self._with_page(page))),)
        entries = self._bundles.get(reference.untrusted_url)
        return [replace(entry, linked_only=reference.linked_only) for entry in entries] if entries else (reference,)

    def _recheck(self, inline: dict[PictureRef, Examined]) -> None:
        """Replace the examinations of workers that failed their recheck."""
        if corrected := self.visit.services.examiner.recheck():
            self._corrected.update(corrected)
            examined = {url: outcome for url, outcome in self._outcomes.items() if isinstance(outcome, Examined)}
            self._outcomes.update({url: self._corrected_outcome(outcome) for url, outcome in examined.items()})
            inline.update({ref: self._corrected_outcome(outcome) for ref, outcome in inline.items()})

    def _corrected_outcome(self, examined: Examined) -> Examined:
        corrected = self._corrected.get(examined.examination.fingerprint.digests.sha256)
        return examined if corrected is None else replace(examined, examination=corrected)

    def _place(
        self, page: Permit, reference: PictureRef, inline: Mapping[PictureRef, Examined]
    ) -> Sighting | FailedPicture | NotFetched:
        outcome = self._outcomes[reference.untrusted_url] if reference.untrusted_url else inline[reference]
        if isinstance(outcome, UnchangedPicture):
            msg = "a picture that is known to be unchanged is fetched again before it is described"
            raise TypeError(msg)
        relation = self._relation(page, reference, outcome)
        place = Place(reference.untrusted_url, page.url, reference.embedding, relation)
        if isinstance(outcome, NotFetchedReason):
            return NotFetched(place, outcome)
        if isinstance(outcome, FetchFailed):
            return FailedPicture(place, outcome.redirects, outcome.cause, outcome.fetches)
        return _sighting(place, outcome)

    def _inline(self, page: Permit, reference: PictureRef) -> Examined:
        examination = self.visit.services.examiner.examine(reference.untrusted_inline)
        return Examined(self._with_page(page), examination)

    def _with_page(self, page: Permit) -> PictureDelivery:
        """Return the delivery of what stands within the page."""
        now = self.visit.services.clock()
        return PictureDelivery(page.address, (), now, now, complete=True)

    def _relation(self, page: Permit, reference: PictureRef, outcome: PictureOutcome) -> Relation:
        """Judge by the server of the final answer; without an answer, by the server that was to be asked."""
        if not reference.untrusted_url:
            return Relation.INLINE
        if reference.linked_only:
            return Relation.LINKED_ONLY
        requested_from = self._servers.get(reference.untrusted_url, "")
        server = outcome.delivery.address if isinstance(outcome, Examined) else requested_from
        return Relation.HOSTED_HERE if server == page.address else Relation.EMBEDDED_FROM_ELSEWHERE


def _sighting(place: Place, examined: Examined) -> Sighting:
    delivery, examination = examined.delivery, examined.examination
    return Sighting(
        place=place,
        redirects=delivery.redirects,
        fetched_from=delivery.fetched_from,
        fetched_until=delivery.fetched_until,
        declared_type=examined.declared_type,
        complete=delivery.complete,
        fingerprint=examination.fingerprint,
        verdict=examination.verdict,
        fetches=delivery.fetches,
    )
