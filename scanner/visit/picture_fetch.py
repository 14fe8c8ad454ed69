"""One picture: fetched and examined in memory, or what became of it instead. In threads beside the visit's own.

Nothing is kept here: what it comes to is handed back, and settled by whoever owns the pictures of the visit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from matcher.fingerprint import UndecidedReason
from matcher.verdict import Examiner
from reports.sighting import NotFetchedReason
from scanner.authority.permit import Permit
from scanner.authority.refusal import RefusalReason
from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Failed, Response
from scanner.exchange.validators import NOT_MODIFIED
from scanner.fetch.visit_budget import Exhausted
from scanner.fetch.visit_fetches import FetchResult, VisitFetches
from scanner.page.bundle_kinds import is_bundle
from scanner.page.content import PictureRef
from scanner.page.port import PageReader, Unreadable
from scanner.visit.picture_outcome import Bundle, BundleEntry, Delivery, FetchFailed, PictureOutcome, Unchanged
from scanner.visit.site_memory import RememberedBody, SiteMemory

REFUSED: Final[Mapping[RefusalReason, NotFetchedReason]] = MappingProxyType(
    {
        RefusalReason.NOT_LISTED: NotFetchedReason.OFF_LIST,
        RefusalReason.OUT_OF_SCOPE: NotFetchedReason.OUT_OF_SCOPE,
        RefusalReason.MALFORMED: NotFetchedReason.MALFORMED,
    }
)
_SPENT: Final[Mapping[Exhausted | None, NotFetchedReason]] = MappingProxyType(
    {Exhausted.BYTES: NotFetchedReason.BYTE_BUDGET, Exhausted.TIME: NotFetchedReason.TIME_BUDGET}
)


@dataclass(frozen=True, slots=True)
class PictureFetcher:
    """Finds out what becomes of pictures. Safe to call from several threads."""

    fetching: VisitFetches
    examiner: Examiner
    reader: PageReader
    memory: SiteMemory

    def fate(self, permit: Permit, known: RememberedBody | None) -> PictureOutcome | Bundle:
        """What becomes of it. `known` is what is remembered of it, where only what has changed is asked for."""
        reached = self.fetching.reach(permit, self.memory.asks(permit.url, known))
        if isinstance(reached.result, Failed):
            return self._failed(reached, reached.result.cause)
        if known is not None and reached.result.status == NOT_MODIFIED:
            return Unchanged(known)
        body = self._learnt(permit, reached, reached.result, known)
        if known is not None and body.token == known.token:
            return Unchanged(body)
        return self._examined(reached, reached.result, body)

    def _learnt(
        self, permit: Permit, reached: FetchResult, answer: Response, known: RememberedBody | None
    ) -> RememberedBody:
        """What came, and from where: all that a sighting of it would say, but for when."""
        digest = sha256(answer.untrusted_body).digest()
        hops = [(hop.url, hop.status) for hop in reached.redirects]
        shown = answer.status < HTTPStatus.BAD_REQUEST
        token = self.memory.token("picture", digest, hops, reached.permit.url, shown, answer.complete)
        return RememberedBody(token) if hops else self.memory.learnt(permit.url, known, answer, token)

    def _examined(self, reached: FetchResult, answer: Response, body: RememberedBody) -> PictureOutcome | Bundle:
        """One picture, or those within what is a bundle of them."""
        bundled = is_bundle(answer.untrusted_body, answer.untrusted_content_type)
        return self._opened(reached, answer, body) if bundled else self._itself(reached, answer, body)

    def _itself(self, reached: FetchResult, answer: Response, body: RememberedBody) -> PictureOutcome:
        """Browsers show a picture whatever its status says; an error page in its place is a failed fetch."""
        examination = self.examiner.examine(answer.untrusted_body)
        failed = answer.status >= HTTPStatus.BAD_REQUEST
        if failed and examination.fingerprint.undecided is UndecidedReason.NOT_A_PICTURE:
            return FetchFailed(reached.redirects, f"HTTP {answer.status}", reached.fetches)
        return _served(reached, answer).shown(examination, answer.untrusted_content_type, body)

    def _opened(self, reached: FetchResult, answer: Response, body: RememberedBody) -> PictureOutcome | Bundle:
        """What stands within a bundle, read in a confined worker; without any picture in it, it is examined itself."""
        content = self.reader.read(answer.untrusted_body, reached.permit.url, answer.untrusted_content_type)
        if isinstance(content, Unreadable):
            return FetchFailed(reached.redirects, f"archive: {content.cause}", reached.fetches)
        served = _served(reached, answer)
        entries = [entry for entry in content.pictures if entry.untrusted_entry]
        within = tuple(self.entry(entry, reached.permit.url, served) for entry in entries)
        return Bundle(within) if within else self._itself(reached, answer, body)

    def entry(self, untrusted: PictureRef, bundle_url: str, served: Delivery) -> BundleEntry:
        """A picture within a bundle, with an address of its own, examined."""
        reference = PictureRef(f"{bundle_url}#{quote(untrusted.untrusted_entry)}", untrusted.embedding)
        if untrusted.unread:
            return BundleEntry(
                reference, served.address, FetchFailed(served.redirects, untrusted.unread.value, served.fetches)
            )
        return BundleEntry(reference, served.address, served.shown(self.examiner.examine(untrusted.untrusted_inline)))

    def _failed(self, reached: FetchResult, cause: FailureCause) -> PictureOutcome:
        """A fetch that failed, or was not begun: the visit ended, its budget was spent, or its list ended meanwhile."""
        if cause is FailureCause.NOT_STARTED:
            return _SPENT.get(self.fetching.spending.over(), NotFetchedReason.STOPPED)
        if cause is FailureCause.NOT_LISTED:
            return NotFetchedReason.OFF_LIST
        return FetchFailed(reached.redirects, cause.value, reached.fetches)


def _served(reached: FetchResult, answer: Response) -> Delivery:
    return Delivery(
        reached.permit.address, reached.redirects, answer.started, answer.ended, answer.complete, reached.fetches
    )
