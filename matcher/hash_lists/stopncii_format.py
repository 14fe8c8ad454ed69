"""StopNCII's feed as JSON: intimate pictures of adults, given as PDQ by the persons shown.

Records stand under `hashRecords` and have no id: one is derived from the hash, so that a withdrawal finds its entry.
"""

from config.faults import Fault
from matcher.hash_lists.entry import HASH_BYTES, Withdrawn, derived_id
from matcher.hash_lists.fields import entry_of, hash_value, shown
from matcher.hash_lists.importing import FeedPlace, Item, SkippedRecord
from matcher.hash_lists.json_format import JsonFormat, Record, text_of

_HASH = {"imagepdq": "pdq", "imagemd5": "md5"}
_IN_FORCE, _GONE = ("received", "active"), ("withdrawn", "deleted")


def _item(where: str, record: Record) -> Item:
    kind, text = text_of(record.get("signalType")), text_of(record.get("hashValue"))
    name = _HASH.get(kind.lower())
    if name is None:
        return SkippedRecord(f"signal type {shown(kind)}")
    status = text_of(record.get("hashStatus")).lower()
    if status in _GONE:
        value = hash_value(name, text)
        if isinstance(value, str):
            return Fault(where, value, "The withdrawal was not understood: ask the issuer to fix it.")
        return Withdrawn(derived_id(dict.fromkeys(HASH_BYTES) | {name: value}))
    if status not in _IN_FORCE:
        return Fault(
            where, "a status that is not known", "The record was kept out: it is neither in force nor withdrawn."
        )
    cases = record.get("caseNumbers")
    attributes = (("cases", str(len(cases))),) if isinstance(cases, dict) else ()
    return entry_of(where, {name: text}, attributes)


def _place(beside: Record) -> FeedPlace | None:
    newest = text_of(beside.get("nextSetTimestamp"))
    return FeedPlace(newest, more=beside.get("hasMoreRecords") is True) if newest else None


STOPNCII = JsonFormat(keys=("hashrecords",), item=_item, place=_place)
