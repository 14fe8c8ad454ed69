"""The entries of a hash list in memory: one array for each field, so that ten million cost bytes and not objects.

Columns are immutable once made. A hash that an entry lacks is zeros in its column and a cleared bit in `present`;
a column of which no entry has a value has no rows.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.hash_lists.entry import HASH_BYTES, Entry
from matcher.hash_lists.texts import TextCollector, Texts, narrowed

_PRESENT = {name: 1 << bit for bit, name in enumerate(HASH_BYTES)}
_KEY_BITS, _LOOK_BITS = 64, 20
_BEYOND_LOOK = np.uint64(_KEY_BITS - _LOOK_BITS)

_BLOCK_ROWS = 1 << 16
"""A block's keys stay in the processor's cache from the shift to the look."""

Rows = NDArray[np.uint32]
"""Places in columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The fields of n entries. `hashes[name]` has one row of bytes for each entry, or no row at all."""

    hashes: dict[str, NDArray[np.uint8]]
    present: NDArray[np.uint8]
    ids: Texts
    id_keys: NDArray[np.uint64]
    """The first 64 bits of each id's BLAKE2b digest: finds an id among millions without an object for each."""
    category: NDArray[np.unsignedinteger[Any]]
    """Each entry's place in `categories`."""
    categories: tuple[str, ...]
    attributes: Texts
    """Each entry's further fields as JSON; empty for none."""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Columns":
        """These entries, in this order."""
        collected = Collector()
        for entry in entries:
            collected.add(entry)
        return collected.columns()

    def __len__(self) -> int:
        return len(self.present)

    def __getitem__(self, row: int) -> Entry:
        return Entry(
            entry_id=self.ids[row],
            **{name: self.hash(name, row) for name in HASH_BYTES},
            category=self.category_of(row),
            attributes=self.attributes_of(row),
        )

    def hash(self, name: str, row: int) -> bytes | None:
        """The hash called `name` of one entry, or None where the issuer gave none."""
        return self.hashes[name][row].tobytes() if int(self.present[row]) & _PRESENT[name] else None

    def having(self, name: str) -> Rows:
        """The rows that carry the hash called `name`."""
        return np.flatnonzero(self.present & _PRESENT[name]).astype(np.uint32)

    def category_of(self, row: int) -> str:
        """The category of one entry, in the list's scheme."""
        return self.categories[int(self.category[row])]

    def attributes_of(self, row: int) -> tuple[tuple[str, str], ...]:
        """The further fields of one entry, as the issuer gave them."""
        text = self.attributes[row]
        return tuple((name, value) for name, value in json.loads(text)) if text else ()

    def rows_of(self, entry_ids: Collection[str]) -> Rows:
        """The rows whose entry has one of these ids."""
        wanted = set(entry_ids)
        likely = self.rows_of_keys(np.array([id_key(entry_id) for entry_id in wanted], np.uint64))
        return np.array([row for row in likely.tolist() if self.ids[row] in wanted], np.uint32)

    def rows_of_keys(self, keys: NDArray[np.uint64]) -> Rows:
        """Return the rows whose id has one of these keys."""
        return _rows_of(self.id_keys, keys)

    def rows_with(self, name: str, values: Collection[bytes]) -> Rows:
        """Return the rows whose hash called `name` is one of these."""
        column = self.hashes[name]
        if not (len(column) and values):
            return np.zeros(0, np.uint32)
        begins = np.ascontiguousarray(column[:, : _KEY_BITS // 8]).view(np.uint64).reshape(-1)
        wanted = np.frombuffer(b"".join(value[: _KEY_BITS // 8] for value in values), np.uint64)
        likely = _rows_of(begins, wanted)
        return likely[[column[row].tobytes() in values for row in likely.tolist()]] if len(likely) else likely

    def repeated(self) -> int:
        """How many entries have the id of an earlier one."""
        return len(self) - len(np.unique(self.id_keys))

    def take(self, rows: Rows) -> "Columns":
        """The entries of these rows, in this order."""
        return Columns(
            hashes={name: column[rows] if len(column) else column for name, column in self.hashes.items()},
            present=self.present[rows],
            ids=self.ids.take(rows),
            id_keys=self.id_keys[rows],
            category=self.category[rows],
            categories=self.categories,
            attributes=self.attributes.take(rows),
        )

    @classmethod
    def joined(cls, parts: Collection["Columns"]) -> "Columns":
        """The entries of all parts, in order. `parts` is not empty."""
        categories: dict[str, int] = {}
        places = [[categories.setdefault(name, len(categories)) for name in part.categories] for part in parts]
        category = [
            np.array(place, np.uint32)[part.category]
            for part, place in zip(parts, places, strict=True)
            if len(part.category)
        ]
        return cls(
            hashes={name: _hash_column(name, parts) for name in HASH_BYTES},
            present=np.concatenate([part.present for part in parts]),
            ids=Texts.joined([(part.ids, len(part)) for part in parts]),
            id_keys=np.concatenate([part.id_keys for part in parts]),
            category=narrowed(np.concatenate([np.zeros(0, np.uint32), *category])),
            categories=tuple(categories),
            attributes=Texts.joined([(part.attributes, len(part)) for part in parts]),
        )


def _rows_of(column: NDArray[np.uint64], keys: NDArray[np.uint64]) -> Rows:
    """Return the rows with one of these keys: one pass with a coarse look, then only the likely rows."""
    if not len(keys):
        return np.zeros(0, np.uint32)
    wanted = np.zeros(1 << _LOOK_BITS, dtype=np.bool_)
    wanted[keys >> _BEYOND_LOOK] = True
    blocks = range(0, len(column), _BLOCK_ROWS)
    looks = ((column[start : start + _BLOCK_ROWS] >> _BEYOND_LOOK).view(np.int64) for start in blocks)
    found = [start + np.flatnonzero(wanted[look]) for start, look in zip(blocks, looks, strict=True)]
    likely = np.concatenate([np.zeros(0, np.int64), *found])
    return likely[np.isin(column[likely], keys)].astype(np.uint32)


def _hash_column(name: str, parts: Collection[Columns]) -> NDArray[np.uint8]:
    """One hash's column of all parts; zeros for the entries of a part that has none."""
    none = np.zeros((0, HASH_BYTES[name]), np.uint8)
    if not any(len(part.hashes[name]) for part in parts):
        return none
    return np.concatenate([part.hashes[name] if len(part.hashes[name]) else _zeros(name, len(part)) for part in parts])


def _zeros(name: str, count: int) -> NDArray[np.uint8]:
    return np.zeros((count, HASH_BYTES[name]), np.uint8)


class Collector:
    """Gathers entries into columns while a file streams by."""

    def __init__(self) -> None:
        self._hashes = {name: bytearray() for name in HASH_BYTES}
        self._present = bytearray()
        self._id_keys = bytearray()
        self._ids, self._attributes = TextCollector(), TextCollector()
        self._category: list[int] = []
        self._categories: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._present)

    def add(self, entry: Entry) -> None:
        """Append one entry."""
        self._present.append(self._add_hashes(entry))
        self._ids.add(entry.entry_id)
        self._id_keys += id_key(entry.entry_id).to_bytes(8, "little")
        self._category.append(self._categories.setdefault(entry.category, len(self._categories)))
        self._attributes.add(json.dumps(entry.attributes, ensure_ascii=False) if entry.attributes else "")

    def _add_hashes(self, entry: Entry) -> int:
        bits = 0
        for name, length in HASH_BYTES.items():
            value: bytes | None = getattr(entry, name)
            column = self._hashes[name]
            if value is not None:
                bits |= _PRESENT[name]
                column += bytes(len(self._present) * length - len(column))
                column += value
        return bits

    def columns(self) -> Columns:
        """What was gathered. The collector is spent afterwards."""
        return Columns(
            hashes={name: self._hash_column(name) for name in HASH_BYTES},
            present=np.frombuffer(self._present, dtype=np.uint8),
            ids=self._ids.texts(),
            id_keys=np.frombuffer(self._id_keys, dtype="<u8"),
            category=narrowed(np.array(self._category, dtype=np.uint32)),
            categories=tuple(self._categories),
            attributes=self._attributes.texts(),
        )

    def _hash_column(self, name: str) -> NDArray[np.uint8]:
        column, length = self._hashes[name], HASH_BYTES[name]
        if column:
            column += bytes(len(self) * length - len(column))
        return np.frombuffer(column, dtype=np.uint8).reshape(-1, length)


def id_key(entry_id: str) -> int:
    """64 bits that stand for an entry's id."""
    return int.from_bytes(blake2b(entry_id.encode(errors="replace"), digest_size=_KEY_BITS // 8).digest(), "little")
