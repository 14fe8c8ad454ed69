"""The parts of a page: style sheets, web manifests and frames, which may name pictures that the page itself does not.

Each is fetched once a visit, beside the others and the page's own pictures, and read where pages are read: a frame
under a permit as a page is, so within the scope, the others as an embedded picture is. What a part names counts as seen
on every page that it belongs to. A part that was not read is noted on the page: it is no silent miss.

Each is remembered and asked for again as a page is (`scanner.visit.site_memory`). What is remembered of one holds tokens in place
of the pictures within it: where a page must be described that shows some of them, that part is fetched again, whole.
"""

from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from config.clock import Clock
from reports.ledger.ledger import FetchPurpose, Memory
from scanner.authority.permit import Permit, PermitPurpose, Permits
from scanner.exchange.port import Failed
from scanner.exchange.validators import NO_VALIDATORS
from scanner.fetch.batch import FetchBatch
from scanner.fetch.visit_fetches import FetchResult
from scanner.page.content import PageContent, PictureRef
from scanner.page.port import PageReader, Unreadable
from scanner.visit.site_memory import RememberedPage, SiteMemory

PARTS_MOST: Final = 50
"""Of one page; parts may name further parts (`@import`, frames within frames)."""
NOT_READ: Final = "a style sheet, manifest or frame was not read"


@dataclass(frozen=True, slots=True)
class SubresourceRefs:
    """What a page's parts name together."""

    named: tuple[PictureRef, ...]
    """With tokens in place of the pictures within the parts."""
    pictures: tuple[PictureRef, ...] | None
    """With their bytes; None where a part is only known to be the same, and has pictures within it."""
    notes: tuple[str, ...]
    """What the page deserves for those that were not read."""


@dataclass(frozen=True, slots=True)
class Subresource:
    """One that was read now, or is known to be the same."""

    kept: PageContent
    """What it names, with tokens in place of the pictures within it."""
    content: PageContent | None
    """With their bytes."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """One that is on its way, with what is remembered of it; `anew` when it was only known to be the same before."""

    url: str
    coming: Future[FetchResult]
    known: RememberedPage | None
    anew: bool


@dataclass(slots=True)
class Subresources:
    """The parts of one visit's pages."""

    permits: Permits
    departures: FetchBatch
    reader: PageReader
    clock: Clock
    memory: SiteMemory
    _read: dict[str, Subresource | None] = field(default_factory=dict)
    _sent: dict[str, _Sent] = field(default_factory=dict)
    _rows: list[Memory] = field(default_factory=list)

    def send_for(self, page: PageContent) -> None:
        """Plan to fetch those that the page itself names."""
        self._send_for(list(dict.fromkeys(page.untrusted_parts))[:PARTS_MOST], set(page.untrusted_links), whole=False)

    def of(self, page: PageContent, *, whole: bool = False) -> SubresourceRefs:
        """What a page's parts name; `whole`: with every picture within them."""
        named: list[PictureRef] = []
        pictures: list[PictureRef] | None = []
        notes: tuple[str, ...] = ()
        frames = set(page.untrusted_links)  # what is a link too is a page
        waiting, known = deque(dict.fromkeys(page.untrusted_parts)), set(page.untrusted_parts)
        for left in range(PARTS_MOST, 0, -1):
            if not waiting:
                break
            self._send_for(list(waiting)[:left], frames, whole=whole)
            part = self._part(waiting.popleft())
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

    def drain(self) -> tuple[Memory, ...]:
        """What the ledger is to keep of those that were read since the last call."""
        rows, self._rows = tuple(self._rows), []
        return rows

    def _send_for(self, urls: Sequence[str], frames: Collection[str], *, whole: bool) -> None:
        for url in urls:
            read = self._read.get(url)
            anew = whole and read is not None and read.content is None
            if url not in self._sent and (anew or url not in self._read):
                self._send(url, PermitPurpose.PAGE if url in frames else PermitPurpose.PICTURE, anew=anew)

    def _send(self, url: str, purpose: PermitPurpose, *, anew: bool) -> None:
        """Ask for it only if it has changed, unless it was asked for so already and its bytes are needed."""
        permit = self.permits.permit(url, self.clock(), purpose)
        if not isinstance(permit, Permit):
            self._read[url] = None
            return
        known = self.memory.part(permit.url)
        asks = NO_VALIDATORS if anew or known is None else self.memory.asks(permit.url, known.body)
        coming = self.departures.fetch(permit, FetchPurpose.PAGE, asks)
        self._sent[url] = _Sent(permit.url, coming, known, anew)

    def _part(self, url: str) -> Subresource | None:
        if url in self._sent:
            self.departures.leave()
            self._read[url] = self._came(self._sent.pop(url))
        return self._read[url]

    def _came(self, sent: _Sent) -> Subresource | None:
        reached, known = sent.coming.result(), sent.known
        if isinstance(reached.result, Failed):
            return None
        if known is not None and self.memory.same(reached, known) and not sent.anew:
            self._learnt(sent.url, known, self.memory.revisited(reached, known.content, known))
            return Subresource(known.content, None if _has_pictures_within(known.content) else known.content)
        answer = reached.result
        content = self.reader.read(answer.untrusted_body, reached.permit.url, answer.untrusted_content_type)
        if isinstance(content, Unreadable):
            return None
        now = self.memory.described(reached, content, known)
        self._learnt(sent.url, known, now)
        return Subresource(now.content, content)

    def _learnt(self, url: str, known: RememberedPage | None, now: RememberedPage) -> None:
        if now != known:
            self._rows.append(self.memory.part_row(url, now))


def _has_pictures_within(content: PageContent) -> bool:
    return any(one.untrusted_inline for one in content.pictures)
