"""The resume entries of a visit: what it writes after each page, so that a later visit can go on when it is cut.

Entries are JSON and go through the ledger, sealed (`reports.ledger.resume_seal`). If any of them does not read, all are
ignored: the visit then starts from the beginning, which costs time and loses nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from pydantic import ConfigDict, TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class ResumeEntry:
    """One page, and the state of the visit after it. `found` are its links that will be read."""

    url: str = field(repr=False)
    depth: int
    read: bool
    found: tuple[str, ...] = field(repr=False)
    refused: Mapping[str, int]
    received_bytes: int
    seconds: float
    pictures_left: int


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """The earlier parts of a visit: their ids and entries, oldest first. Empty for a new visit."""

    visit_ids: tuple[str, ...] = ()
    entries: tuple[ResumeEntry, ...] = ()

    @property
    def last(self) -> ResumeEntry | None:
        """The state when it was cut."""
        return self.entries[-1] if self.entries else None

    @property
    def read(self) -> int:
        """The number of pages that were read."""
        return sum(entry.read for entry in self.entries)


_READER = TypeAdapter(tuple[ResumeEntry], config=ConfigDict(extra="forbid"))


def write(entry: ResumeEntry) -> bytes:
    """Return the entry as bytes."""
    return json.dumps(asdict(entry), separators=(",", ":")).encode()


def read(kept: Sequence[tuple[str, bytes]]) -> ResumePoint:
    """Read what the ledger kept of a visit that was cut (visit id and entry); empty if any of it does not read."""
    try:
        entries = tuple(_READER.validate_json(b"[" + entry + b"]")[0] for _, entry in kept)
    except ValidationError:
        return ResumePoint()
    return ResumePoint(tuple(dict.fromkeys(visit_id for visit_id, _ in kept)), entries)
