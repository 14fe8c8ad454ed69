"""The subresources of a page: style sheets, web manifests and frames, which may name pictures that the page does not.

- Each is fetched once a visit, while the others and the page's own pictures are, and read where pages are read. A
  permit bounds a frame as a page, the others as an embedded picture.
- What one names counts as seen on every page that it belongs to. One that was not read is noted on the page: it is no
  silent miss.
- Each is remembered and requested again as a page is (`scanner.visit.site_memory`). Its memory holds tokens in place of
  inline pictures: where a page that shows some of them must be described, it is fetched again, whole.
"""

from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from reports.ledger.ledger import Memory
from scanner.authority.permit import Permit, PermitPurpose
from scanner.exchange.port import Failed
from scanner.fetch.visit_fetches import FetchResult, VisitFetches
from scanner.page.content import PageContent, PictureRef
from scanner.page.port import PageReader, Unreadable
from scanner.visit.site_memory import RememberedPage, SiteMemory

PARTS_MOST: Final = 50
"""Of one page; a subresource may name others (`@import`, frames within frames)."""
NOT_READ: Final = "a style sheet, manifest or frame was not read"


@dataclass(frozen=True, slots=True)
class SubresourceRefs:
    """The pictures that a page's subresources name together."""

    named: tuple[PictureRef, ...]
    """With tokens in place of the inline pictures."""
    pictures: tuple[PictureRef, ...] | None
    """With their bytes; None if a subresource is only known to be unchanged, and has inline pictures."""
    notes: tuple[str, ...]
    """The page's note for those that were not read."""


@dataclass(frozen=True, slots=True)
class Subresource:
    """One that was read now, or is known to be unchanged."""

    kept: PageContent
    """With tokens in place of its inline pictures."""
    content: PageContent | None
    """With their bytes."""


@dataclass(frozen=True, slots=True)
class _Requested:
    """One that is pending; `whole` if it was only known to be unchanged before."""

    url: str
    pending: Future[FetchResult]
    known: RememberedPage | None
    whole: bool


@dataclass(slots=True)
class Subresources:
    """The subresources of one visit's pages."""

    fetches: VisitFetches
    reader: PageReader
    memory: SiteMemory
    _read: dict[str, Subresource | None] = field(default_factory=dict)
    _requested: dict[str, _Requested] = field(default_factory=dict)
    _rows: list[Memory] = field(default_factory=list)

    def request(self, content: PageContent, page: int) -> None:
        """Plan to fetch those that the page itself names."""
        urls = list(dict.fromkeys(content.untrusted_parts))[:PARTS_MOST]
        self._request_all(urls, set(content.untrusted_links), page, whole=False)

    def of(self, content: PageContent, page: int, *, whole: bool = False) -> SubresourceRefs:
        """Return what a page's subresources name; `whole`: with the bytes of every inline picture."""
        named: list[PictureRef] = []
        pictures: list[PictureRef] | None = []
        notes: tuple[str, ...] = ()
        frames = set(content.untrusted_links)  # a part that is also a link is a page
        waiting, known = deque(dict.fromkeys(content.untrusted_parts)), set(content.untrusted_parts)
        for left in range(PARTS_MOST, 0, -1):
            if not waiting:
                break
            self._request_all(list(waiting)[:left], frames, page, whole=whole)
            part = self._subresource(waiting.popleft())
            if part is None:
                notes = (NOT_READ,)
                continue
            named += part.kept.pictures
            pictures = None if pictures is None or part.content is None else [*pictures, *part.content.pictures]
            frames.update(part.kept.untrusted_links)
            waiting += [url for url in dict.fromkeys(part.kept.untrusted_parts) if url not in known]
            known.update(part.kept.untrusted_parts)
        return SubresourceRefs(
            tuple(named), None if pictures is None else tuple(pictures), (NOT_READ,) if waiting else notes
        )

    def take_rows(self) -> tuple[Memory, ...]:
        """Take what the ledger is to keep of those read since the last call."""
        rows, self._rows = tuple(self._rows), []
        return rows

    def _request_all(self, urls: Sequence[str], frames: Collection[str], page: int, *, whole: bool) -> None:
        for url in urls:
            read = self._read.get(url)
            again = whole and read is not None and read.content is None
            if url not in self._requested and (again or url not in self._read):
                purpose = PermitPurpose.FRAME if url in frames else PermitPurpose.SUBRESOURCE
                self._request(url, purpose, page, whole=again)

    def _request(self, url: str, purpose: PermitPurpose, page: int, *, whole: bool) -> None:
        """Request it only if it has changed, unless its bytes are needed."""
        permit = self.fetches.permit(url, purpose)
        if not isinstance(permit, Permit):
            self._read[url] = None
            return
        known = self.memory.subresource(permit.url)
        body = known.body if known is not None and not whole else None
        validators = partial(self.memory.validators_for, permit.url, body)
        pending = self.fetches.request(permit, page=page, validators=validators)
        self._requested[url] = _Requested(permit.url, pending, known, whole)

    def _subresource(self, url: str) -> Subresource | None:
        if url in self._requested:
            self._read[url] = self._open(self._requested.pop(url))
        return self._read[url]

    def _open(self, requested: _Requested) -> Subresource | None:
        fetched, known = self.fetches.result(requested.pending), requested.known
        answer = fetched.result
        if isinstance(answer, Failed):
            return None
        body = self.memory.page_body(fetched, known)
        if known is not None and body.token and body.token == known.body.token and not requested.whole:
            self._remember(requested, self.memory.revisited(known.content, body, known))
            has_inline = any(picture.untrusted_inline for picture in known.content.pictures)
            return Subresource(known.content, None if has_inline else known.content)
        content = self.reader.read(answer.untrusted_body, fetched.permit.url, answer.untrusted_content_type)
        if isinstance(content, Unreadable):
            return None
        described = self.memory.described(content, body)
        self._remember(requested, described)
        return Subresource(described.content, content)

    def _remember(self, requested: _Requested, now: RememberedPage) -> None:
        if now != requested.known:
            self._rows.append(self.memory.subresource_row(requested.url, now))
