"""What a visit writes down to go on from when it is cut: pages read, links found, what was spent. As JSON, and back.

It goes through the ledger, sealed (`reports.ledger.resume_seal`). An entry that does not read is as good as none: the visit then
begins anew, which costs time and loses nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from pydantic import ConfigDict, TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class ResumeEntry:
    """One page, and how things stood after it. `found` are the links of it that will be read."""

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
    """The earlier parts of a visit: their ids, oldest first, and their entries, oldest first. Empty for a new visit."""

    visit_ids: tuple[str, ...] = ()
    entries: tuple[ResumeEntry, ...] = ()

    @property
    def last(self) -> ResumeEntry | None:
        """How things stood when it was cut."""
        return self.entries[-1] if self.entries else None

    @property
    def read(self) -> int:
        """Pages that were read."""
        return sum(entry.read for entry in self.entries)


_READER = TypeAdapter(tuple[ResumeEntry], config=ConfigDict(extra="forbid"))


def write(entry: ResumeEntry) -> bytes:
    """The entry's bytes."""
    return json.dumps(asdict(entry), separators=(",", ":")).encode()


def read(kept: Sequence[tuple[str, bytes]]) -> ResumePoint:
    """What the ledger kept of a visit that was cut (visit id and entry); an empty one where any of it does not read."""
    try:
        entries = tuple(_READER.validate_json(b"[" + entry + b"]")[0] for _, entry in kept)
    except ValidationError:
        return ResumePoint()
    return ResumePoint(tuple(dict.fromkeys(visit_id for visit_id, _ in kept)), entries)
