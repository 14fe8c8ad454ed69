"""Project Arachnid's Shield as JSON: SHA-1 in base32 and SHA-256 in hex, with a classification.

An answer of Shield holds pictures without a match, too: only those classified as abuse material become entries.
"""

import base64
from collections.abc import Iterator
from typing import Final

from matcher.hash_lists.formats.fields import FieldNames, record_items
from matcher.hash_lists.formats.json_format import JsonFormat, Record, text_of
from matcher.hash_lists.formats.json_records import Wanted
from matcher.hash_lists.importing import Item, SkippedRecord, shown

_ACCUSING: Final = ("csam", "harmful-abusive-material")


def _items(where: str, record: Record, names: FieldNames) -> Iterator[Item]:
    classification = text_of(record.get("classification")).lower()
    if classification not in _ACCUSING:
        yield SkippedRecord(f"classification {shown(classification)}")
        return
    texts = {name: text_of(value) for name, value in record.items()} | {"classification": classification}
    if base32 := texts.pop("sha1_base32", ""):
        texts["sha1"] = _hex(base32)
    yield from record_items(where, texts.items(), names.with_aliases({"classification": "category"}))


def _hex(base32: str) -> str:
    """Return the hex of a text in base32; any other text unchanged, which then is no hash."""
    try:
        return base64.b32decode(base32 + "=" * (-len(base32) % 8), casefold=True).hex()
    except ValueError:
        return base32


SHIELD: Final = JsonFormat(Wanted(()), _items)
