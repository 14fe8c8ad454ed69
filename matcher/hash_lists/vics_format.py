"""Project VIC's data model, VICS 1.3 and 2.0, as case files in JSON. Unofficial: put together from what readers accept.

Media are records under `Media`, wherever the case puts them. A case holds all that was found on a device, harmless
pictures too, and what a category number means differs between countries: so an import names the categories that are
known material, and the list keeps the name of their scale (VIC_US, VIC_Canada, CAID_UK). File names and paths, which
belong to the person whose device it was, are not kept.
"""

from collections.abc import Iterator

from matcher.hash_lists.entry import HASH_BYTES
from matcher.hash_lists.fields import attributes_of, entry_of
from matcher.hash_lists.importing import Item
from matcher.hash_lists.json_format import JsonFormat, Record, text_of
from matcher.hash_lists.photodna_value import PHOTODNA

_OURS = {"mediaid": "entry_id", "category": "category", "photodna": PHOTODNA} | {name: name for name in HASH_BYTES}
_NOT_KEPT = ("comments", "filename", "filepath", "mediafiles", "unallocated", "physicallocation")


def _item(where: str, record: Record) -> Item:
    texts = {key: text for key, value in record.items() if (text := text_of(value))} | dict(_named_hashes(record))
    fields = {_OURS.get(key.lower(), key): text for key, text in texts.items() if key.lower() not in _NOT_KEPT}
    return entry_of(where, fields, attributes_of(fields))


def _named_hashes(record: Record) -> Iterator[tuple[str, str]]:
    """Hashes that are given as pairs of a name and a value: `{"HashName": "SHA-256", "HashValue": "..."}`."""
    for value in record.values():
        for pair in value if isinstance(value, list) else ():
            if isinstance(pair, dict):
                name = "".join(letter for letter in text_of(pair.get("HashName")).lower() if letter.isalnum())
                if name in _OURS and (text := text_of(pair.get("HashValue"))):
                    yield name, text


VICS = JsonFormat(keys=("media",), item=_item)
