"""Project Arachnid's Shield as JSON: SHA-1 in base32 and SHA-256 in hex, with a classification.

An answer of Shield tells of pictures without a match, too: only those classified as abuse material become entries.
"""

import base64

from matcher.hash_lists.fields import attributes_of, entry_of, shown
from matcher.hash_lists.importing import Item, SkippedRecord
from matcher.hash_lists.json_format import JsonFormat, Record, text_of

_ACCUSING = ("csam", "harmful-abusive-material")
_OURS = {"classification": "category", "sha256_hex": "sha256"}


def _item(where: str, record: Record) -> Item:
    classification = text_of(record.get("classification")).lower()
    if classification not in _ACCUSING:
        return SkippedRecord(f"classification {shown(classification)}")
    fields = {_OURS.get(key, key): text for key, value in record.items() if (text := text_of(value))}
    fields["category"] = classification
    if base32 := fields.pop("sha1_base32", ""):
        fields["sha1"] = _hex(base32)
    return entry_of(where, fields, attributes_of(fields))


def _hex(base32: str) -> str:
    """The hex of what is in base32; what is no base32 stays as it is, and will be named as no hash."""
    try:
        return base64.b32decode(base32 + "=" * (-len(base32) % 8), casefold=True).hex()
    except ValueError:
        return base32


SHIELD = JsonFormat(keys=(), item=_item)
