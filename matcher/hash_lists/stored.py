"""A hash list as bytes, for sealing, and back: a header in JSON, then the columns as they lie in memory.

    magic, 16 bytes | length of the header, 8 bytes | header (JSON, UTF-8) | columns, each at a multiple of 8 bytes

Integers are little-endian. Loading copies nothing: the columns are views of the bytes, which live in memory only.
Nothing is trusted: lengths, types, offsets and places are checked before the first entry is read. No pickle.
"""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.faults import Fault, Refused
from matcher.hash_lists.columns import Columns
from matcher.hash_lists.entry import HASH_BYTES, ListHeader
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.texts import Texts

_MAGIC = b"sightline-list-1"
_UNSIGNED = ("<u1", "<u2", "<u4", "<u8")
_IDS = ("withdrawn", "held", "released")


def dump(hash_list: HashList) -> bytes:
    """The list as bytes. They hold hashes in the clear: seal them before they touch a disk."""
    arrays = _arrays(hash_list.entries)
    described = {
        "list": asdict(hash_list.header),
        "categories": hash_list.entries.categories,
        "columns": {name: (f"<u{array.itemsize}", array.size) for name, array in arrays.items()},
    } | {name: getattr(hash_list, name) for name in _IDS}
    header = json.dumps(described, ensure_ascii=False).encode()
    pieces: list[bytes | memoryview] = [_MAGIC, len(header).to_bytes(8, "little"), header, _padding(header)]
    for array in arrays.values():
        raw = np.ascontiguousarray(array).astype(f"<u{array.itemsize}", copy=False).reshape(-1).view(np.uint8).data
        pieces += [raw, _padding(raw)]
    return b"".join(pieces)


def load(data: bytes) -> HashList | Refused:
    """The list that `dump` wrote; refused when the bytes are anything else."""
    try:
        return _load(memoryview(data).toreadonly())
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        cause = f"not a stored hash list of this version ({type(wrong).__name__})"
        return Refused((Fault("stored hash list", cause, "Import the list again from the issuer's file."),))


def _arrays(entries: Columns) -> dict[str, NDArray[Any]]:
    return entries.hashes | {
        "present": entries.present,
        "id_keys": entries.id_keys,
        "category": entries.category,
        "ids.blob": entries.ids.blob,
        "ids.offsets": entries.ids.offsets,
        "attributes.blob": entries.attributes.blob,
        "attributes.offsets": entries.attributes.offsets,
    }


def _load(data: memoryview) -> HashList:
    if data[: len(_MAGIC)] != _MAGIC:
        raise ValueError
    start = len(_MAGIC) + 8
    end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    described = json.loads(bytes(data[start:end]))
    columns = _columns(_parts(data, _aligned(end), described["columns"]), described["categories"])
    if not _whole(columns):
        raise ValueError
    ids = {name: tuple(map(str, described[name])) for name in _IDS}
    return HashList(ListHeader(**described["list"]), columns, **ids)


def _parts(data: memoryview, start: int, described: dict[str, tuple[str, int]]) -> dict[str, NDArray[Any]]:
    """Each column by name. Raises ValueError unless they fill the rest of the bytes."""
    parts = {}
    for name, (kind, count) in described.items():
        if kind not in _UNSIGNED:
            raise ValueError
        end = start + np.dtype(kind).itemsize * count
        parts[name] = np.frombuffer(data[start:end], dtype=kind)
        start = _aligned(end)
    if start != len(data):
        raise ValueError
    return parts


def _columns(parts: dict[str, NDArray[Any]], categories: list[str]) -> Columns:
    return Columns(
        hashes={name: parts[name].view(np.uint8).reshape(-1, size) for name, size in HASH_BYTES.items()},
        present=parts["present"].view(np.uint8),
        ids=Texts(parts["ids.blob"].view(np.uint8), parts["ids.offsets"]),
        id_keys=parts["id_keys"].view(np.uint64),
        category=parts["category"],
        categories=tuple(map(str, categories)),
        attributes=Texts(parts["attributes.blob"].view(np.uint8), parts["attributes.offsets"]),
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


def _aligned(place: int) -> int:
    return -(-place // 8) * 8


def _padding(part: bytes | memoryview) -> bytes:
    return bytes(-len(part) % 8)
