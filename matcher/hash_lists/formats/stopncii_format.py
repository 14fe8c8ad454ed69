"""StopNCII's feed as JSON: intimate pictures of adults, given as PDQ by the persons shown.

Records stand under `hashRecords` and have no id: it is derived from the hash, so that a withdrawal finds its entry.
"""

from collections.abc import Iterator
from typing import Final

from config.faults import Fault
from matcher.hash_lists.entry import HASH_BYTES, Withdrawn, derived_id
from matcher.hash_lists.formats.fields import FieldNames, attributes_of, hash_value, items_of
from matcher.hash_lists.formats.json_format import JsonFormat, Record, text_of
from matcher.hash_lists.formats.json_records import Wanted
from matcher.hash_lists.importing import FeedPlace, Item, SkippedRecord, shown

_HASH: Final = {"imagepdq": "pdq", "imagemd5": "md5"}
_IN_FORCE: Final = ("received", "active")
_GONE: Final = ("withdrawn", "deleted")


def _items(where: str, record: Record, _: FieldNames) -> Iterator[Item]:
    kind, text = text_of(record.get("signalType")), text_of(record.get("hashValue"))
    name = _HASH.get(kind.lower())
    status, when = text_of(record.get("hashStatus")).lower(), text_of(record.get("lastModtimestamp"))
    if name is None:
        yield SkippedRecord(f"signal type {shown(kind)}")
    elif status in _GONE:
        value = hash_value(name, text)
        if isinstance(value, bytes):
            yield Withdrawn(derived_id(dict.fromkeys(HASH_BYTES) | {name: value}), when)
        else:
            cause = value or "names no hash"
            yield Fault(where, cause, "The withdrawal was not understood: ask the issuer to fix it.")
    elif status in _IN_FORCE:
        cases = record.get("caseNumbers")
        count = str(len(cases)) if isinstance(cases, dict) else ""
        attributes = {"cases": count, "lastModtimestamp": when}
        yield from items_of(where, {name: text}, attributes_of(attributes))
    else:
        cause = "a status that is not known"
        yield Fault(where, cause, "The record was kept out: it is neither in force nor withdrawn.")


def _place(around: Record) -> FeedPlace | None:
    newest = text_of(around.get("nextSetTimestamp"))
    return FeedPlace(newest, more=around.get("hasMoreRecords") is True) if newest else None


STOPNCII: Final = JsonFormat(Wanted(("hashrecords",)), _items, _place)
