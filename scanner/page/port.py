"""The port to the confined workers that read pages. The real one and the simulator pass the same contract suite."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from scanner.page.content import PageContent


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A page that could not be read; `cause` is from a closed list: `worker killed`, `time limit`, `too large`."""

    cause: str


class PageReader(Protocol):
    """The port to the confined worker that reads pages. Safe to call from several threads."""

    def read(self, untrusted_page: bytes, url: str, untrusted_content_type: str) -> PageContent | Unreadable:
        """Links, pictures and notes of one page at `url`. Never raises for anything the bytes may do."""
        ...

    def alone(self) -> AbstractContextManager["PageReader"]:
        """A reader for one site: what its pages leave in a worker's memory never meets another's."""
        ...

    def close(self) -> None:
        """End the worker processes."""
        ...
