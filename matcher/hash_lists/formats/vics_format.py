"""Project VIC's data model, VICS 1.2 to 2.0, in JSON. Unofficial: put together from what readers accept.

- A distributed set (Project VIC, CAID) has its media directly under `value`, with a context that ends in `#Media`; a
  case file has them under `Media` within its cases. Contexts are `@odata.context` or, before 2.0, `odata.metadata`.
- A case holds all that was found on a device, harmless pictures too, and the meaning of a category number differs
  between countries. So an import names the categories that are known material.
- File names and paths, which belong to the person whose device it was, are not kept.
"""

import re
from collections.abc import Iterator
from typing import Final

from matcher.hash_lists.formats.fields import FieldNames, plain_name, record_items
from matcher.hash_lists.formats.json_format import JsonFormat, Record, text_of
from matcher.hash_lists.formats.json_records import Wanted
from matcher.hash_lists.importing import Item, SkippedRecord

_NOT_KEPT: Final = frozenset({"comments", "filename", "filepath", "mediafiles", "unallocated", "physicallocation"})
_READING: Final = re.compile(r"(pdq|phash)[ _:-]+(?!hash$)\S.*", re.IGNORECASE)
"""A perceptual hash of one reading of a picture, as our own export names it: `PDQ plain/mirrored`."""


def _items(where: str, record: Record, names: FieldNames) -> Iterator[Item]:
    if "CaseID" in record:
        yield SkippedRecord("a case without media of its own")
        yield from _nested_items(where, record, names)
        return
    names = names.with_aliases({"MediaID": "entry_id"})
    pairs = [(name, text_of(value)) for name, value in record.items() if plain_name(name) not in _NOT_KEPT]
    yield from record_items(where, [*pairs, *_alternative_hashes(record)], names)


def _nested_items(where: str, within: Record, names: FieldNames) -> Iterator[Item]:
    """Yield the items of media that stand deeper within a case."""
    for name, value in within.items():
        if isinstance(value, dict):
            yield from _nested_items(where, value, names)
        elif isinstance(value, list) and plain_name(name) == "media":
            for number, medium in enumerate(value, 1):
                if isinstance(medium, dict):
                    yield from _items(f"{where}, medium {number}", medium, names)


def _alternative_hashes(record: Record) -> Iterator[tuple[str, str]]:
    """Yield hashes that are given as pairs of name and value: `{"HashName": "SHA-256", "HashValue": "..."}`."""
    for value in record.values():
        for pair in value if isinstance(value, list) else ():
            if isinstance(pair, dict) and "HashName" in pair:
                name = text_of(pair["HashName"])
                reading = _READING.fullmatch(name)
                yield reading[1] if reading else name, text_of(pair.get("HashValue"))


VICS: Final = JsonFormat(Wanted(keys=("media",), outer=("value",)), _items)
