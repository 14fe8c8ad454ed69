"""The pictures of one page: each is examined in memory, or named with the reason why it was not.

Every reference on the page ends as exactly one of three: a sighting, a failed picture, a picture not fetched. A picture
that stands on several pages of a visit is fetched once; each place where it stands is a sighting of its own.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime

from config.clock import Clock
from matcher.fingerprint import UndecidedReason
from matcher.verdict import Examination, Examiner
from reports.ledger import Purpose
from reports.sighting import FailedPicture, Hop, NotFetched, NotFetchedReason, Place, Relation, Sighting
from scanner.authority.permit import Permit, Permits, Refusal
from scanner.authority.permit import Purpose as PermitPurpose
from scanner.fetch.causes import Cause
from scanner.fetch.fetching import Fetching, Reached
from scanner.ports import Answer, Failed, PictureRef
from scanner.robots import Robots
from scanner.spending import Spent

_REFUSED = {
    Cause.NOT_LISTED: NotFetchedReason.OFF_LIST,
    Cause.OUT_OF_SCOPE: NotFetchedReason.OUT_OF_SCOPE,
    Cause.MALFORMED: NotFetchedReason.MALFORMED,
}
_SPENT: Mapping[Spent | None, NotFetchedReason] = {
    Spent.BYTES: NotFetchedReason.BYTE_BUDGET,
    Spent.TIME: NotFetchedReason.TIME_BUDGET,
}


@dataclass(frozen=True, slots=True)
class Examined:
    """A picture that was fetched and examined, wherever it stands. `address` is the onion service that served it."""

    address: str
    redirects: tuple[Hop, ...]
    fetched_from: datetime
    fetched_until: datetime
    declared_type: str
    complete: bool
    examination: Examination


@dataclass(frozen=True, slots=True)
class NoPicture:
    """A picture whose fetch failed, and why."""

    redirects: tuple[Hop, ...]
    cause: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of a page's pictures. Together as many as the page has references."""

    sightings: tuple[Sighting, ...]
    failed: tuple[FailedPicture, ...]
    not_fetched: tuple[NotFetched, ...]


Fate = Examined | NoPicture | NotFetchedReason


@dataclass(slots=True)
class Pictures:
    """The pictures of one visit. `most` bounds how many are fetched; `threads` fetch them, so many in parallel."""

    permits: Permits
    fetching: Fetching
    examiner: Examiner
    clock: Clock
    most: int
    threads: Executor
    robots: Robots | None = None
    _fates: dict[str, Fate] = field(default_factory=dict)
    _asked: dict[str, str] = field(default_factory=dict)
    """The onion service that a URL was, or would have been, asked of."""

    def gather(self, page_url: str, address: str, references: Sequence[PictureRef]) -> Gathered:
        """Fetch, examine and place every picture that the page names."""
        self._fetch_new([ref.untrusted_url for ref in references if ref.untrusted_url])
        inline = {ref: self._inline(address, ref) for ref in references if not ref.untrusted_url}
        self._prove(inline)
        placed = [self._place(page_url, address, reference, inline) for reference in references]
        return Gathered(
            sightings=tuple(one for one in placed if isinstance(one, Sighting)),
            failed=tuple(one for one in placed if isinstance(one, FailedPicture)),
            not_fetched=tuple(one for one in placed if isinstance(one, NotFetched)),
        )

    def _fetch_new(self, urls: Sequence[str]) -> None:
        """Settle the fate of each URL that this visit has not met: refused, beyond the budget, or fetched."""
        permitted: dict[str, Permit] = {}
        for url in dict.fromkeys(urls):
            if url in self._fates:
                continue
            answer = self.permits.permit(url, self.clock(), PermitPurpose.PICTURE)
            if isinstance(answer, Refusal):
                self._fates[url] = _REFUSED[answer.cause]
                continue
            self._asked[url] = answer.address
            if self.robots is not None and self.robots.keeps_from(answer.url):
                self._fates[url] = NotFetchedReason.ROBOTS
                continue
            if self.most <= 0:
                self._fates[url] = NotFetchedReason.PAGE_BUDGET
                continue
            self.most -= 1
            permitted[url] = answer
        self.fetching.intend(list(permitted.values()), Purpose.PICTURE)
        self._fates.update(zip(permitted, self.threads.map(self._fate, permitted.values()), strict=True))

    def _fate(self, permit: Permit) -> Fate:
        reached = self.fetching.reach(permit)
        if isinstance(reached.result, Failed):
            cause = reached.result.cause
            return self._why_not_started() if cause is Cause.NOT_STARTED else NoPicture(reached.redirects, cause.value)
        return self._examined(reached, reached.result)

    def _why_not_started(self) -> NotFetchedReason:
        return _SPENT.get(self.fetching.spending.over(), NotFetchedReason.STOPPED)

    def _examined(self, reached: Reached, answer: Answer) -> Fate:
        """Browsers show a picture whatever its status says; an error page in its place is a failed fetch."""
        examination = self.examiner.examine(answer.untrusted_body)
        if answer.status >= 400 and examination.fingerprint.undecided is UndecidedReason.NOT_A_PICTURE:  # noqa: PLR2004 - RFC 9110, 15.5
            return NoPicture(reached.redirects, f"HTTP {answer.status}")
        return Examined(
            address=reached.permit.address,
            redirects=reached.redirects,
            fetched_from=answer.started,
            fetched_until=answer.ended,
            declared_type=answer.untrusted_content_type,
            complete=answer.complete,
            examination=examination,
        )

    def _prove(self, inline: dict[PictureRef, Examined]) -> None:
        """What a worker said that fails its proof does not stand: those pictures were examined again."""
        again = self.examiner.prove()
        if again:
            self._fates.update(
                {url: _again(fate, again) for url, fate in self._fates.items() if isinstance(fate, Examined)}
            )
            inline.update({ref: _again(fate, again) for ref, fate in inline.items()})

    def _place(
        self, page_url: str, address: str, reference: PictureRef, inline: Mapping[PictureRef, Examined]
    ) -> Sighting | FailedPicture | NotFetched:
        fate = self._fates[reference.untrusted_url] if reference.untrusted_url else inline[reference]
        relation = self._relation(address, reference, fate)
        place = Place(reference.untrusted_url, page_url, reference.embedding, relation)
        if isinstance(fate, NotFetchedReason):
            return NotFetched(place, fate)
        if isinstance(fate, NoPicture):
            return FailedPicture(place, fate.redirects, fate.cause)
        return Sighting(
            place=place,
            redirects=fate.redirects,
            fetched_from=fate.fetched_from,
            fetched_until=fate.fetched_until,
            declared_type=fate.declared_type,
            complete=fate.complete,
            fingerprint=fate.examination.fingerprint,
            verdict=fate.examination.verdict,
        )

    def _inline(self, address: str, reference: PictureRef) -> Examined:
        now = self.clock()
        examination = self.examiner.examine(reference.untrusted_inline)
        return Examined(address, (), now, now, "", complete=True, examination=examination)

    def _relation(self, address: str, reference: PictureRef, fate: Fate) -> Relation:
        """Judged by who served it in the end; where nobody did, by whom it would have been asked of."""
        if not reference.untrusted_url:
            return Relation.INLINE
        if reference.linked_only:
            return Relation.LINKED_ONLY
        server = fate.address if isinstance(fate, Examined) else self._asked.get(reference.untrusted_url, "")
        return Relation.HOSTED_HERE if server == address else Relation.EMBEDDED_FROM_ELSEWHERE


def _again(examined: Examined, again: Mapping[bytes, Examination]) -> Examined:
    """The picture with the examination that counts."""
    before = examined.examination
    return replace(examined, examination=again.get(before.fingerprint.digests.sha256, before))
