"""Which page comes next: breadth first from the start paths, within the target's scope and the visit's budget.

Pure: it asks nothing of the network. A link is followed only when it leads to the same onion service, to a path within
the scope, at most `depth` links from a start page; each page once. What is left when a budget is spent is counted.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol


class Bounds(Protocol):
    """The part of a target's scope that a crawl needs."""

    @property
    def depth(self) -> int:
        """Links from a start page to the farthest page; 0 means the start pages only."""
        ...

    @property
    def pages(self) -> int:
        """Most pages of one visit."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """A page to read: its URL, and how many links it lies from a start page."""

    url: str
    depth: int


@dataclass(slots=True)
class Crawl:
    """The frontier of one visit. `covers` says whether a URL may be read as a page of this site."""

    bounds: Bounds
    pages_most: int
    _waiting: deque[Step] = field(default_factory=deque)
    _known: set[str] = field(default_factory=set)
    _taken: int = 0

    def start(self, urls: Iterable[str]) -> None:
        """The start pages, in the list's order."""
        self._add(urls, 0)

    def extend(self, step: Step, urls: Iterable[str]) -> None:
        """The links of the page at `step` that a permit covers, in page order."""
        if step.depth < self.bounds.depth:
            self._add(urls, step.depth + 1)

    def next(self) -> Step | None:
        """The next page, or None when there is none or the budget is spent."""
        if not self._waiting or self._taken >= min(self.bounds.pages, self.pages_most):
            return None
        self._taken += 1
        return self._waiting.popleft()

    @property
    def left(self) -> int:
        """Pages that are known, in scope, and not read."""
        return len(self._waiting)

    def _add(self, urls: Iterable[str], depth: int) -> None:
        for url in urls:
            if url not in self._known:
                self._known.add(url)
                self._waiting.append(Step(url, depth))
