"""Hash lists as JSON: what the formats have in common. Each says where its records stand and what they mean."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from config.faults import Fault, Refused
from matcher.hash_lists.formats.fields import FieldNames
from matcher.hash_lists.formats.json_records import BrokenJsonError, DoubledRecord, Wanted, records
from matcher.hash_lists.importing import FeedPlace, Item, Untrusted

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """Reads the records in the `wanted` arrays; see `json_records`.

    `items` turns one record, with its place and the names of its fields, into items; `place` the values around the
    records into the feed's place. A file without a single record is refused, unless it gives a place.
    """

    wanted: Wanted
    items: Callable[[str, Record, FieldNames], Iterable[Item]]
    place: Callable[[Record], FeedPlace | None] = lambda _: None
    names: FieldNames = field(default_factory=FieldNames)

    def __call__(self, untrusted_file: Untrusted) -> Iterator[Item]:
        """Yield each record's items."""
        number, around = 0, dict[str, Any]()
        try:
            for number, record in enumerate(records(untrusted_file, self.wanted, around), 1):
                where = f"record {number}"
                if isinstance(record, DoubledRecord):
                    yield Fault(where, "gives a key twice", "The record was kept out: ask the issuer to fix it.")
                else:
                    yield from self.items(where, record, self.names)
        except BrokenJsonError as wrong:
            fix = "Fetch it again; nothing of it was imported."
            yield Refused((Fault(f"after record {number}", f"the file {wrong.args[0]}", fix),))
            return
        place = self.place(around)
        if place is not None:
            yield place
        elif not number:
            yield Refused((Fault("the file", "holds no record of this format", "Is it of another format?"),))


def text_of(value: object) -> str:
    """Return a JSON scalar as text: strings as they are, flags as `true` and `false`; empty for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int | float) else ""
