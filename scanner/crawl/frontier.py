"""The order of pages: breadth first from the start paths, within the scope of the target and the budget of the visit.

- Pure: no network. A link is followed only to the same onion service, to a path within the scope, at most `depth` links
  from a start page. Each page is read once, whatever session id is in its URL.
- Pages left when a budget is spent are counted. So are links into traps, by reason (`scanner.crawl.traps`).
- Pages of one shape beyond `SHAPE_FIRST`, and below one folder beyond `FOLDER_FIRST`, wait until the others are read.
  So no calendar, member list or labyrinth of words uses up the budget before a gallery at a greater depth.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from scanner.crawl.traps import Trap, UrlShape, folder, malformed, page_key, shape

SHAPE_FIRST: Final = 100
SHAPE_MOST: Final = 2_000
FOLDER_FIRST: Final = 200
DATES_MOST: Final = 400
"""For pages of one shape that differ only in dates: a gallery may show new pictures on every day of a year."""
ORDERS_MOST: Final = 6
"""For orders and filters of one page."""
KNOWN_MOST: Final = 50_000
WAITING_MOST: Final = 20_000


class Bounds(Protocol):
    """The part of a scope that a crawl needs."""

    @property
    def depth(self) -> int:
        """Links from a start page to the farthest page; 0 means start pages only."""
        ...

    @property
    def pages(self) -> int:
        """Limit of pages for one visit."""
        ...


@dataclass(frozen=True, slots=True)
class CrawlStep:
    """A page to read: its URL, and its distance in links from a start page."""

    url: str
    depth: int


@dataclass(slots=True)
class Crawl:
    """The frontier of one visit."""

    bounds: Bounds
    pages_most: int
    _waiting: deque[CrawlStep] = field(default_factory=deque)
    _later: deque[CrawlStep] = field(default_factory=deque)
    """Pages of shapes and folders with many pages."""
    _known: set[int] = field(default_factory=set)
    """Hashes of page keys. Python keys its hash differently in each process."""
    _met: set[int] = field(default_factory=set)
    """Hashes of URLs seen: most pages of a site share most of their links."""
    _shapes: Counter[str] = field(default_factory=Counter)
    _folders: Counter[str] = field(default_factory=Counter)
    _orders: dict[str, set[str]] = field(default_factory=dict)
    _refused: Counter[str] = field(default_factory=Counter)
    _taken: int = 0

    def start(self, urls: Iterable[str]) -> None:
        """Add the start pages in the order of the list. The authority named them: none is a trap."""
        for url in urls:
            if self._is_new(url):
                self._waiting.append(CrawlStep(url, 0))

    def extend(self, step: CrawlStep, urls: Iterable[str]) -> tuple[str, ...]:
        """Add the permitted links of the page at `step` in page order. Return those that will be read."""
        if step.depth >= self.bounds.depth:
            return ()
        return tuple(url for url in urls if self._add(CrawlStep(url, step.depth + 1)))

    def resume(self, read: Iterable[tuple[CrawlStep, Iterable[str]]], refused: Mapping[str, int]) -> None:
        """Restore the state of an interrupted visit from the pages it read, each with its links."""
        done = set()
        for step, found in read:
            done.add(step.url)
            self._is_new(step.url)
            self.extend(step, found)
        self._taken = len(done)
        self._refused = Counter(refused)
        self._waiting = deque(step for step in self._waiting if step.url not in done)
        self._later = deque(step for step in self._later if step.url not in done)

    def next(self) -> CrawlStep | None:
        """Return the next page, or None if there is none or the budget is spent."""
        if self.spent or not self.left:
            return None
        self._taken += 1
        return (self._waiting or self._later).popleft()

    def refuse(self, trap: Trap, count: int = 1) -> None:
        """Count links that a caller rejected."""
        self._refused[trap.value] += count

    @property
    def spent(self) -> bool:
        """True if scope or budget allow no further page."""
        return self._taken >= min(self.bounds.pages, self.pages_most)

    @property
    def left(self) -> int:
        """Number of known pages in scope that are not read."""
        return len(self._waiting) + len(self._later)

    @property
    def refused(self) -> Mapping[str, int]:
        """Number of links not followed, by reason."""
        return dict(self._refused)

    def _add(self, step: CrawlStep) -> bool:
        if not self._is_new(step.url):
            return False
        trap = malformed(step.url) or self._trap(shape(step.url))
        if trap is not None:
            self.refuse(trap)
        return trap is None and self._put(step)

    def _put(self, step: CrawlStep) -> bool:
        """Queue a page."""
        if self.left >= WAITING_MOST:
            self.refuse(Trap.FULL)
            return False
        inside = folder(step.url)
        many = self._shapes[shape(step.url).general] > SHAPE_FIRST or self._folders[inside] >= FOLDER_FIRST
        self._folders[inside] += not many
        (self._later if many else self._waiting).append(step)
        return True

    def _is_new(self, url: str) -> bool:
        if hash(url) in self._met:
            return False
        key = hash(page_key(url))
        if key in self._known:
            self._meet(url)
            return False
        if len(self._known) >= KNOWN_MOST:
            self.refuse(Trap.FULL)
            return False
        self._known.add(key)
        self._meet(url)
        return True

    def _meet(self, url: str) -> None:
        if len(self._met) < KNOWN_MOST:
            self._met.add(hash(url))

    def _trap(self, of: UrlShape) -> Trap | None:
        """Return the reason for which no further page of this shape is read, if any."""
        orders = self._orders.setdefault(of.unordered, set()) if of.order else set()
        if of.order and len(orders | {of.order}) > ORDERS_MOST:
            return Trap.PERMUTED
        orders.add(of.order)
        self._shapes[of.general] += 1
        if of.dated and self._shapes[of.general] > DATES_MOST:
            return Trap.CALENDAR
        return Trap.SHAPE if self._shapes[of.general] > SHAPE_MOST else None
