"""The parts of a page: style sheets, web manifests and frames, which may name pictures that the page itself does not.

Each is fetched once a visit and read where pages are read: a frame under a permit as a page is, so within the scope,
the others as an embedded picture is. What a part names counts as seen on every page that it belongs to. A part that
was not read is noted on the page: it is no silent miss.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from config.clock import Clock
from reports.ledger import Purpose
from scanner.authority.permit import Permit, Permits
from scanner.authority.permit import Purpose as PermitPurpose
from scanner.fetch.fetching import Fetching
from scanner.page.content import PageContent, PictureRef
from scanner.ports import Failed, PageReader

PARTS_MOST: Final = 50
"""Of one page; parts may name further parts (`@import`, frames within frames)."""
NOT_READ: Final = "a style sheet, manifest or frame was not read"


@dataclass(slots=True)
class Parts:
    """The parts of one visit's pages."""

    permits: Permits
    fetching: Fetching
    reader: PageReader
    clock: Clock
    _read: dict[str, PageContent | None] = field(default_factory=dict)

    def pictures(self, page: PageContent) -> tuple[tuple[PictureRef, ...], tuple[str, ...]]:
        """Pictures that a page's parts name, and the notes that it deserves for those that were not read."""
        pictures: list[PictureRef] = []
        notes: tuple[str, ...] = ()
        frames = set(page.untrusted_links)  # what is a link too is a page
        waiting, known = deque(dict.fromkeys(page.untrusted_parts)), set(page.untrusted_parts)
        for _ in range(PARTS_MOST):
            if not waiting:
                return tuple(pictures), notes
            url = waiting.popleft()
            content = self._content(url, PermitPurpose.PAGE if url in frames else PermitPurpose.PICTURE)
            if content is None:
                notes = (NOT_READ,)
                continue
            pictures += content.pictures
            frames.update(content.untrusted_links)
            waiting += [url for url in dict.fromkeys(content.untrusted_parts) if url not in known]
            known.update(content.untrusted_parts)
        return tuple(pictures), (NOT_READ,) if waiting else notes

    def _content(self, url: str, purpose: PermitPurpose) -> PageContent | None:
        if url not in self._read:
            self._read[url] = self._fetched(url, purpose)
        return self._read[url]

    def _fetched(self, url: str, purpose: PermitPurpose) -> PageContent | None:
        permit = self.permits.permit(url, self.clock(), purpose)
        if not isinstance(permit, Permit):
            return None
        self.fetching.intend([permit], Purpose.PAGE)
        reached = self.fetching.reach(permit)
        if isinstance(reached.result, Failed):
            return None
        answer = reached.result
        content = self.reader.read(answer.untrusted_body, reached.permit.url, answer.untrusted_content_type)
        return content if isinstance(content, PageContent) else None
