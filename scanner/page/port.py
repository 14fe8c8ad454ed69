"""The port to the confined workers that read pages. The real reader and the simulator pass one contract suite."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from scanner.page.content import PageContent


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A page that could not be read; `cause` is from a closed list: `worker killed`, `time limit`, `too large`."""

    cause: str


class PageReader(Protocol):
    """Reads pages in confined workers. Thread-safe."""

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        """Return links, pictures and notes of the page at `url`. Never raises for any bytes."""
        ...

    def isolated(self) -> AbstractContextManager["PageReader"]:
        """Return a reader for one site, whose workers never read pages of another."""
        ...

    def close(self) -> None:
        """End the worker processes."""
        ...
