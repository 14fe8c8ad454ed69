"""A hash list as bytes, for sealing, and back.

Loading copies nothing: the columns are views of the bytes, which live in memory only. Nothing is trusted: lengths,
types, offsets and places are checked before the first entry is read.
"""

from dataclasses import asdict

import numpy as np

from config.faults import Fault, Refused
from matcher.hash_lists.array_codec import Arrays, pack, unpack
from matcher.hash_lists.columns import Columns
from matcher.hash_lists.decisions import Decided, Decision
from matcher.hash_lists.entry import HASH_BYTES, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.texts import Texts
from matcher.verdict import ListKind

_MAGIC = b"sightline-list-1"
_IDS = ("withdrawn", "held", "released")


def dump(hash_list: HashList) -> memoryview:
    """The list as bytes. They hold hashes in the clear: seal them before they touch a disk."""
    described = {"list": asdict(hash_list.header), "categories": hash_list.entries.categories}
    statements = {name: getattr(hash_list, name) for name in _IDS}
    decisions = [
        (one.decided, one.entry_id, sorted((name, value.hex()) for name, value in one.hashes))
        for one in hash_list.decisions
    ]
    return pack(_MAGIC, {**described, **statements, "decisions": decisions}, _arrays(hash_list.entries))


def load(data: bytes | memoryview) -> HashList | Refused:
    """The list that `dump` wrote; refused when the bytes are anything else."""
    try:
        return _load(data)
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        cause = f"not a stored hash list of this version ({type(wrong).__name__})"
        return Refused((Fault("stored hash list", cause, "Import the list again from the issuer's file."),))


def _load(data: bytes | memoryview) -> HashList:
    described, arrays = unpack(_MAGIC, data)
    columns = _columns(arrays, described["categories"])
    if not _whole(columns):
        raise ValueError
    ids = {name: tuple(map(str, described[name])) for name in _IDS}
    decisions = tuple(_decision(*one) for one in described.get("decisions", ()))
    header = described["list"]
    kind = ListKind(header.pop("kind", ListKind.NOT_DECLARED))
    return HashList(ListHeader(**header, kind=kind), columns, **ids, decisions=decisions)


def _decision(decided: str, entry_id: str, hashes: list[tuple[str, str]]) -> Decision:
    values = frozenset((str(name), bytes.fromhex(value)) for name, value in hashes)
    return Decision(Decided(decided), str(entry_id), values)


def _arrays(entries: Columns) -> Arrays:
    hashes: Arrays = {name: column.reshape(-1) for name, column in entries.hashes.items()}
    return hashes | {
        "present": entries.present,
        "id_keys": entries.id_keys,
        "category": entries.category,
        "ids.blob": entries.ids.blob,
        "ids.offsets": entries.ids.offsets,
        "attributes.blob": entries.attributes.blob,
        "attributes.offsets": entries.attributes.offsets,
    }


def _columns(arrays: Arrays, categories: list[str]) -> Columns:
    return Columns(
        hashes={name: arrays[name].view(np.uint8).reshape(-1, size) for name, size in HASH_BYTES.items()},
        present=arrays["present"].view(np.uint8),
        ids=Texts(arrays["ids.blob"].view(np.uint8), arrays["ids.offsets"]),
        id_keys=arrays["id_keys"].view(np.uint64),
        category=arrays["category"],
        categories=tuple(map(str, categories)),
        attributes=Texts(arrays["attributes.blob"].view(np.uint8), arrays["attributes.offsets"]),
    )


def _whole(columns: Columns) -> bool:
    """Whether every row of every column exists."""
    count = len(columns)
    hashes = all(
        len(column) == count or not (len(column) or len(columns.having(name)))
        for name, column in columns.hashes.items()
    )
    rows = len(columns.id_keys) == len(columns.category) == count
    named = not count or int(columns.category.max()) < len(columns.categories)
    return hashes and rows and named and columns.ids.fits(count) and columns.attributes.fits(count)
