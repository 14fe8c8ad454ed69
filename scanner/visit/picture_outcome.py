"""The outcome of one picture: examined in memory, unchanged, or why it was not examined.

`FetchedPictures` runs in the thread that fetched the picture and keeps nothing: the owner of the visit's pictures
(`scanner.visit.page_pictures`) settles what it returns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from matcher.containers.kinds import holds_files, may_hold_pictures
from matcher.verdict import Examination, Examiner
from reports.sighting import FailedPicture, Hop, LoggedFetch, NotFetched, NotFetchedReason, Sighting
from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Failed, Response
from scanner.exchange.validators import NOT_MODIFIED
from scanner.fetch.patience import asks_to_wait
from scanner.fetch.visit_budget import Exhausted, VisitBudget
from scanner.fetch.visit_fetches import FetchResult
from scanner.page.content import PictureRef
from scanner.page.port import PageReader, Unreadable
from scanner.visit.site_memory import RememberedBody, SiteMemory

_EXHAUSTED: Final[Mapping[Exhausted | None, NotFetchedReason]] = MappingProxyType(
    {Exhausted.BYTES: NotFetchedReason.BYTE_BUDGET, Exhausted.TIME: NotFetchedReason.TIME_BUDGET}
)


@dataclass(frozen=True, slots=True)
class PictureDelivery:
    """The arrival of a picture, or of the bundle or page that holds it, from the onion service at `address`."""

    address: str
    redirects: tuple[Hop, ...]
    fetched_from: datetime
    fetched_until: datetime
    complete: bool
    fetches: tuple[LoggedFetch, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """A picture that arrived and was examined."""

    delivery: PictureDelivery
    examination: Examination
    declared_type: str = ""
    body: RememberedBody | None = None
    """Its memory for the next visit; None for one within its page or a bundle."""


@dataclass(frozen=True, slots=True)
class UnchangedPicture:
    """A picture that is the same as at an earlier visit, by the site's word or by its bytes. It was not decoded."""

    body: RememberedBody


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """A picture whose fetch failed, and why."""

    redirects: tuple[Hop, ...]
    cause: str
    fetches: tuple[LoggedFetch, ...] = ()


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """A picture within a bundle, under a URL made for it. `address` is the onion service that served the bundle."""

    reference: PictureRef
    address: str
    outcome: Examined | FetchFailed


@dataclass(frozen=True, slots=True)
class Bundle:
    """An archive, or a body of several parts: the pictures within it."""

    entries: tuple[BundleEntry, ...]


@dataclass(frozen=True, slots=True)
class PictureOutcomes:
    """The outcomes of a page's pictures: as many as the page has references, those in archives included."""

    sightings: tuple[Sighting, ...]
    failed: tuple[FailedPicture, ...]
    not_fetched: tuple[NotFetched, ...]
    bodies: Mapping[str, RememberedBody]
    """The memory for the next visit of those that were fetched, by URL."""
    unchanged: int = 0
    """Pictures that stand as they were described; only of a page that is unchanged."""


PictureOutcome = Examined | UnchangedPicture | FetchFailed | NotFetchedReason


@dataclass(frozen=True, slots=True)
class FetchedPictures:
    """Examines what was fetched as a picture. Safe to call from several threads."""

    examiner: Examiner
    reader: PageReader
    memory: SiteMemory
    budget: VisitBudget

    def outcome(self, known: RememberedBody | None, fetched: FetchResult) -> PictureOutcome | Bundle:
        """Return the outcome of a fetch. With `known`, a picture that is unchanged need not be examined."""
        answer = fetched.result
        if isinstance(answer, Failed):
            return self._failed(fetched, answer.cause)
        if known is not None and answer.status == NOT_MODIFIED:
            return UnchangedPicture(known)
        body = self._remembered(fetched, answer, known)
        if known is not None and body.token == known.token:
            return UnchangedPicture(body)
        if may_hold_pictures(answer.untrusted_body, answer.untrusted_content_type):
            return self._bundle(fetched, answer, body)
        return self._picture(fetched, answer, body)

    def _remembered(self, fetched: FetchResult, answer: Response, known: RememberedBody | None) -> RememberedBody:
        """Return what to remember: the token of everything that a sighting would state except for its times."""
        digest, url = sha256(answer.untrusted_body).digest(), fetched.permit.url
        hops = [(hop.url, hop.status) for hop in fetched.redirects]
        shown = answer.status < HTTPStatus.BAD_REQUEST
        token = self.memory.token("picture", digest, hops, url, shown, answer.complete)
        return RememberedBody(token) if hops else self.memory.update(url, known, token, answer.lasting_validators)

    def _picture(self, fetched: FetchResult, answer: Response, body: RememberedBody) -> Examined | FetchFailed:
        """Browsers show a picture whatever its status says; an error page in its place is a failed fetch."""
        examination = self.examiner.examine(answer.untrusted_body)
        if answer.status >= HTTPStatus.BAD_REQUEST and examination.fingerprint.not_examined:
            cause = FailureCause.ASKED_TO_WAIT.value if asks_to_wait(answer) else f"HTTP {answer.status}"
            return FetchFailed(fetched.redirects, cause, fetched.fetches)
        return Examined(_delivery(fetched, answer), examination, answer.untrusted_content_type, body)

    def _bundle(self, fetched: FetchResult, answer: Response, body: RememberedBody) -> PictureOutcome | Bundle:
        """Open a bundle in a confined worker. One without any picture in it, or that is no container, counts itself."""
        is_container = holds_files(answer.untrusted_body, answer.untrusted_content_type)
        content = self.reader.read(answer.untrusted_body, fetched.permit.url, answer.untrusted_content_type)
        if isinstance(content, Unreadable):
            failed = FetchFailed(fetched.redirects, f"archive: {content.cause}", fetched.fetches)
            return failed if is_container else self._picture(fetched, answer, body)
        delivery, url = _delivery(fetched, answer), fetched.permit.url
        entries = tuple(self.entry(entry, url, delivery) for entry in content.pictures if entry.untrusted_entry)
        if not entries or is_container:
            return Bundle(entries) if entries else self._picture(fetched, answer, body)
        itself = PictureRef(url, entries[0].reference.embedding)
        return Bundle((*entries, BundleEntry(itself, delivery.address, self._picture(fetched, answer, body))))

    def entry(self, untrusted: PictureRef, bundle_url: str, delivery: PictureDelivery) -> BundleEntry:
        """Examine a picture within a bundle, under a URL made for it."""
        reference = PictureRef(f"{bundle_url}#{quote(untrusted.untrusted_entry)}", untrusted.embedding)
        outcome: Examined | FetchFailed
        if untrusted.unread:
            outcome = FetchFailed(delivery.redirects, untrusted.unread.value, delivery.fetches)
        else:
            outcome = Examined(delivery, self.examiner.examine(untrusted.untrusted_inline))
        return BundleEntry(reference, delivery.address, outcome)

    def _failed(self, fetched: FetchResult, cause: FailureCause) -> PictureOutcome:
        """Tell a fetch that failed from one that was never begun: the visit, its budget or its list ended."""
        if cause is FailureCause.NOT_STARTED:
            return _EXHAUSTED.get(self.budget.exhausted(), NotFetchedReason.STOPPED)
        if cause is FailureCause.NOT_LISTED:
            return NotFetchedReason.OFF_LIST
        return FetchFailed(fetched.redirects, cause.value, fetched.fetches)


def _delivery(fetched: FetchResult, answer: Response) -> PictureDelivery:
    return PictureDelivery(
        fetched.permit.address, fetched.redirects, answer.started, answer.ended, answer.complete, fetched.fetches
    )
