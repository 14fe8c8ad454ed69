"""The pipeline of pages: requested one after the other, read and finished in that order, each once it is complete.

While a page's pictures are pending, the page after it is requested (docs/adr/0019). One thread requests, reads and
finishes, so the state of the visit has one owner; other threads only make exchanges, and wake it when one ends.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final, Protocol, TypeVar

PAGES_MOST: Final = 8
"""Pages that are open and not finished at most: a visit that is cut reads them again."""


class Pending(Protocol):
    """Something that was requested."""

    def ready(self) -> bool:
        """Return True once all of it has arrived."""
        ...


R = TypeVar("R", bound=Pending)
P_co = TypeVar("P_co", bound=Pending, covariant=True)


class Steps(Protocol[R, P_co]):
    """The steps of a visit's pages."""

    def request(self) -> R | None:
        """Plan to fetch the next page; None if there is none for now."""
        ...

    def read(self, requested: R, /) -> P_co:
        """Open a page that is ready, follow its links and plan to fetch its pictures."""
        ...

    def send(self) -> None:
        """Begin what was planned."""
        ...

    def room(self) -> bool:
        """Return True if another page may be requested while pictures are pending."""
        ...

    def wait(self) -> None:
        """Wait until something arrives, unless it has since `clear`."""
        ...

    def clear(self) -> None:
        """Forget what has arrived so far."""
        ...


def pipeline(steps: Steps[R, P_co]) -> Iterator[P_co]:
    """Yield the pages in order, each once its pictures have arrived.

    One page is requested at a time, and the next only once the page before was read: links are followed in the order
    of a visit without lookahead. After each page that was yielded, another is requested even if there was none before.
    """
    requested: R | None = None
    pages: deque[P_co] = deque()
    more = True
    while True:
        steps.clear()
        if more and requested is None and (not pages or (len(pages) < PAGES_MOST and steps.room())):
            requested = steps.request()
            more = requested is not None
        steps.send()
        if requested is not None and requested.ready():
            pages.append(steps.read(requested))
            requested = None
        elif pages and pages[0].ready():
            yield pages.popleft()
            more = True
        elif requested is not None or pages:
            steps.wait()
        else:
            return
