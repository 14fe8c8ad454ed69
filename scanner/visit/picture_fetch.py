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
from scanner.authority.refusal import Reason
from scanner.exchange.failure import Cause
from scanner.exchange.port import Answer, Failed
from scanner.exchange.validators import NOT_MODIFIED
from scanner.fetch.visit_budget import Spent
from scanner.fetch.visit_fetches import Fetching, Reached
from scanner.page.bundle_kinds import is_bundle
from scanner.page.content import PictureRef
from scanner.page.port import PageReader, Unreadable
from scanner.visit.picture_outcome import Bundle, Entry, Fate, NoPicture, Same, Served
from scanner.visit.site_memory import Body, SiteMemory

REFUSED: Final[Mapping[Reason, NotFetchedReason]] = MappingProxyType(
    {
        Reason.NOT_LISTED: NotFetchedReason.OFF_LIST,
        Reason.OUT_OF_SCOPE: NotFetchedReason.OUT_OF_SCOPE,
        Reason.MALFORMED: NotFetchedReason.MALFORMED,
    }
)
_SPENT: Final[Mapping[Spent | None, NotFetchedReason]] = MappingProxyType(
    {Spent.BYTES: NotFetchedReason.BYTE_BUDGET, Spent.TIME: NotFetchedReason.TIME_BUDGET}
)


@dataclass(frozen=True, slots=True)
class PictureFates:
    """Finds out what becomes of pictures. Safe to call from several threads."""

    fetching: Fetching
    examiner: Examiner
    reader: PageReader
    memory: SiteMemory

    def fate(self, permit: Permit, known: Body | None) -> Fate | Bundle:
        """What becomes of it. `known` is what is remembered of it, where only what has changed is asked for."""
        reached = self.fetching.reach(permit, self.memory.asks(permit.url, known))
        if isinstance(reached.result, Failed):
            return self._failed(reached, reached.result.cause)
        if known is not None and reached.result.status == NOT_MODIFIED:
            return Same(known)
        body = self._learnt(permit, reached, reached.result, known)
        if known is not None and body.token == known.token:
            return Same(body)
        return self._examined(reached, reached.result, body)

    def _learnt(self, permit: Permit, reached: Reached, answer: Answer, known: Body | None) -> Body:
        """What came, and from where: all that a sighting of it would say, but for when."""
        digest = sha256(answer.untrusted_body).digest()
        hops = [(hop.url, hop.status) for hop in reached.redirects]
        shown = answer.status < HTTPStatus.BAD_REQUEST
        token = self.memory.token("picture", digest, hops, reached.permit.url, shown, answer.complete)
        return Body(token) if hops else self.memory.learnt(permit.url, known, answer, token)

    def _examined(self, reached: Reached, answer: Answer, body: Body) -> Fate | Bundle:
        """One picture, or those within what is a bundle of them."""
        bundled = is_bundle(answer.untrusted_body, answer.untrusted_content_type)
        return self._opened(reached, answer, body) if bundled else self._itself(reached, answer, body)

    def _itself(self, reached: Reached, answer: Answer, body: Body) -> Fate:
        """Browsers show a picture whatever its status says; an error page in its place is a failed fetch."""
        examination = self.examiner.examine(answer.untrusted_body)
        failed = answer.status >= HTTPStatus.BAD_REQUEST
        if failed and examination.fingerprint.undecided is UndecidedReason.NOT_A_PICTURE:
            return NoPicture(reached.redirects, f"HTTP {answer.status}", reached.fetches)
        return _served(reached, answer).shown(examination, answer.untrusted_content_type, body)

    def _opened(self, reached: Reached, answer: Answer, body: Body) -> Fate | Bundle:
        """What stands within a bundle, read in a confined worker; without any picture in it, it is examined itself."""
        content = self.reader.read(answer.untrusted_body, reached.permit.url, answer.untrusted_content_type)
        if isinstance(content, Unreadable):
            return NoPicture(reached.redirects, f"archive: {content.cause}", reached.fetches)
        served = _served(reached, answer)
        entries = [entry for entry in content.pictures if entry.untrusted_entry]
        within = tuple(self.entry(entry, reached.permit.url, served) for entry in entries)
        return Bundle(within) if within else self._itself(reached, answer, body)

    def entry(self, untrusted: PictureRef, bundle_url: str, served: Served) -> Entry:
        """A picture within a bundle, with an address of its own, examined."""
        reference = PictureRef(f"{bundle_url}#{quote(untrusted.untrusted_entry)}", untrusted.embedding)
        if untrusted.unread:
            return Entry(reference, served.address, NoPicture(served.redirects, untrusted.unread.value, served.fetches))
        return Entry(reference, served.address, served.shown(self.examiner.examine(untrusted.untrusted_inline)))

    def _failed(self, reached: Reached, cause: Cause) -> Fate:
        """A fetch that failed, or was not begun: the visit ended, its budget was spent, or its list ended meanwhile."""
        if cause is Cause.NOT_STARTED:
            return _SPENT.get(self.fetching.spending.over(), NotFetchedReason.STOPPED)
        if cause is Cause.NOT_LISTED:
            return NotFetchedReason.OFF_LIST
        return NoPicture(reached.redirects, cause.value, reached.fetches)


def _served(reached: Reached, answer: Answer) -> Served:
    return Served(
        reached.permit.address, reached.redirects, answer.started, answer.ended, answer.complete, reached.fetches
    )
