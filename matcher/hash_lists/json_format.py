"""Hash lists as JSON: what the formats have in common. Each says where its records stand and what one of them means."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.faults import Fault, Refused
from matcher.hash_lists.importing import Digesting, FeedPlace, Item
from matcher.hash_lists.json_records import BrokenJsonError, records

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """Reads the objects in arrays under `keys` (in lower case; see `json_records`).

    `item` turns one record, with where it stands, into an item; `place` the values beside the records into the feed's
    place. A file without a single record is not of this format, unless it tells a place.
    """

    keys: Collection[str]
    item: Callable[[str, Record], Item]
    place: Callable[[Record], FeedPlace | None] = lambda _: None

    def __call__(self, untrusted_file: Digesting) -> Iterator[Item]:
        """Each record as an item."""
        number, beside = 0, dict[str, Any]()
        try:
            for number, record in enumerate(records(untrusted_file, self.keys, beside), 1):
                yield self.item(f"record {number}", record)
        except BrokenJsonError as wrong:
            fix = "Fetch it again; nothing of it was imported."
            yield Refused((Fault(f"after record {number}", f"the file {wrong.args[0]}", fix),))
            return
        place = self.place(beside)
        if place is not None:
            yield place
        elif not number:
            yield Refused((Fault("the file", "holds no record of this format", "Is it of another format?"),))


def text_of(value: object) -> str:
    """A JSON scalar as text: strings as they are, flags as `true` and `false`; empty for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int | float) else ""
