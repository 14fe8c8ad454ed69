"""Pages under way: asked for one after the other, opened and handed on in that order, each once all of it is there.

While a page's pictures are on their way, the page after it is asked for (docs/adr/0019). One thread asks, opens and
hands on, so what a visit knows of its site has one owner; other threads only make exchanges, and ring when one ends.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeVar

PAGES_MOST: Final = 8
"""Opened, and not handed on yet: so many are read anew, at most, after a visit was cut."""


class UnderWay(Protocol):
    """Something that was asked for."""

    def came(self) -> bool:
        """Whether all of it is there. It does not change back."""
        ...


class Bell(Protocol):
    """Rung whenever something may have come: `threading.Event`."""

    def wait(self) -> object:
        """Wait until it rings, unless it has since it was cleared."""
        ...

    def clear(self) -> None:
        """Whatever rang before counts no more."""
        ...


A = TypeVar("A", bound=UnderWay)
P = TypeVar("P", bound=UnderWay)


def in_order(
    ask: Callable[[], A | None],
    opened: Callable[[A], P],
    leave: Callable[[], None],
    room: Callable[[], bool],
    bell: Bell,
) -> Iterator[P]:
    """The pages that `ask` asked for, in its order.

    One page is asked for at a time, and the next only once `opened` has seen the one before: links are followed in the
    order in which they would be without all this. `leave` lets set out what was asked for and opened since it was
    called last. `room` is whether what is under way leaves any; the first page needs none. `ask` gives None when there
    is no page; it is asked again after each page that was handed on.
    """
    asked: A | None = None
    pages: deque[P] = deque()
    more = True
    while True:
        bell.clear()
        if more and asked is None and (not pages or (len(pages) < PAGES_MOST and room())):
            asked = ask()
            more = asked is not None
        leave()
        if asked is not None and asked.came():
            pages.append(opened(asked))
            asked = None
        elif pages and pages[0].came():
            yield pages.popleft()
            more = True
        elif asked is not None or pages:
            bell.wait()
        else:
            return
