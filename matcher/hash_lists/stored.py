"""A hash list as bytes, for sealing, and back: a header in JSON, then the columns as they lie in memory.

    magic, 16 bytes | length of the header, 8 bytes | header (JSON, UTF-8) | columns, each at a multiple of 8 bytes

Integers are little-endian. Loading copies nothing: the columns are views of the bytes, which live in memory only.
Nothing is trusted: lengths, offsets and places are checked before the first entry is read. No pickle.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.faults import Fault, Refused
from matcher.hash_lists.columns import Columns, HashList, Texts
from matcher.hash_lists.entry import HASH_BYTES, ListHeader

_MAGIC = b"sightline-list-1"
_FIXED = {"present": "u1", "id_keys": "<u8", "category": "<u4"}
_TEXTS = ("ids", "attributes")


def dump(hash_list: HashList) -> bytes:
    """The list as bytes. They hold hashes in the clear: seal them before they touch a disk."""
    entries = hash_list.entries
    parts = {name: _raw(column) for name, column in entries.hashes.items()}
    parts |= {name: _raw(getattr(entries, name).astype(kind)) for name, kind in _FIXED.items()}
    for name in _TEXTS:
        texts: Texts = getattr(entries, name)
        parts |= {f"{name}.blob": texts.blob, f"{name}.offsets": _raw(texts.offsets.astype("<u8"))}
    described = {
        "list": asdict(hash_list.header),
        "categories": entries.categories,
        "columns": {name: len(part) for name, part in parts.items()},
    }
    header = json.dumps(described, ensure_ascii=False).encode()
    pieces: list[bytes | memoryview] = [_MAGIC, len(header).to_bytes(8, "little"), *_padded(header)]
    for part in parts.values():
        pieces += _padded(part)
    return b"".join(pieces)


def load(data: bytes) -> HashList | Refused:
    """The list that `dump` wrote; refused when the bytes are anything else."""
    try:
        return _load(memoryview(data).toreadonly())
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        cause = f"not a stored hash list of this version ({type(wrong).__name__})"
        return Refused((Fault("stored hash list", cause, "Import the list again from the issuer's file."),))


def _load(data: memoryview) -> HashList:
    if data[: len(_MAGIC)] != _MAGIC:
        raise ValueError
    start = len(_MAGIC) + 8
    end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
    described = json.loads(bytes(data[start:end]))
    columns = _checked(_columns(_parts(data, _aligned(end), described["columns"]), described["categories"]))
    return HashList(ListHeader(**described["list"]), columns)


def _parts(data: memoryview, start: int, lengths: dict[str, int]) -> dict[str, memoryview]:
    parts = {}
    for name, length in lengths.items():
        parts[name] = data[start : start + length]
        start = _aligned(start + length)
    if start != len(data):
        raise ValueError
    return parts


def _columns(parts: dict[str, memoryview], categories: Sequence[str]) -> Columns:
    columns: dict[str, Any] = {name: np.frombuffer(parts[name], dtype=kind) for name, kind in _FIXED.items()}
    columns |= {
        name: Texts(parts[f"{name}.blob"], np.frombuffer(parts[f"{name}.offsets"], dtype="<u8")) for name in _TEXTS
    }
    hashes = {name: np.frombuffer(parts[name], np.uint8).reshape(-1, size) for name, size in HASH_BYTES.items()}
    return Columns(hashes=hashes, categories=tuple(map(str, categories)), **columns)


def _checked(columns: Columns) -> Columns:
    """The columns, once every row of every column is known to exist. Raises ValueError."""
    count = len(columns)
    rows = {len(columns.id_keys), len(columns.category), len(columns.ids), len(columns.attributes)}
    whole = rows == {count} and all(
        len(column) == count or not (len(column) or len(columns.having(name)))
        for name, column in columns.hashes.items()
    )
    named = not count or int(columns.category.max()) < len(columns.categories)
    if not (whole and named and _in_order(columns.ids) and _in_order(columns.attributes)):
        raise ValueError
    return columns


def _in_order(texts: Texts) -> bool:
    offsets = texts.offsets
    return int(offsets[0]) == 0 and int(offsets[-1]) == len(texts.blob) and bool(np.all(offsets[1:] >= offsets[:-1]))


def _raw(column: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(column).reshape(-1).view(np.uint8).data.toreadonly()


def _aligned(place: int) -> int:
    return -(-place // 8) * 8


def _padded(part: bytes | memoryview) -> list[bytes | memoryview]:
    return [part, bytes(-len(part) % 8)]
