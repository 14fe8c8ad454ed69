"""A hash list in memory: one array for each field, so that ten million entries cost bytes and not objects.

Columns are immutable once made. A hash that an entry lacks is zeros in its column and a cleared bit in `present`;
a column of which no entry has a value is empty. Texts lie end to end, with offsets.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from matcher.hash_lists.entry import HASH_BYTES, Entry, ListHeader

_PRESENT = {name: 1 << bit for bit, name in enumerate(HASH_BYTES)}


@dataclass(frozen=True, slots=True)
class Texts:
    """UTF-8 strings end to end; string i is `blob[offsets[i]:offsets[i + 1]]`."""

    blob: memoryview
    offsets: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        return str(self.blob[int(self.offsets[row]) : int(self.offsets[row + 1])], "utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Columns:
    """The entries of one list. `hashes[name]` has one row of bytes for each entry, or no row at all."""

    hashes: dict[str, NDArray[np.uint8]]
    present: NDArray[np.uint8]
    ids: Texts
    id_keys: NDArray[np.uint64]
    """The first 64 bits of each id's BLAKE2b digest: finds an id among millions without an object for each."""
    category: NDArray[np.uint32]
    """Each entry's place in `categories`."""
    categories: tuple[str, ...]
    attributes: Texts
    """Each entry's further fields as JSON; empty for none."""

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

    def having(self, name: str) -> NDArray[np.uint32]:
        """The rows that carry the hash called `name`."""
        return np.flatnonzero(self.present & _PRESENT[name]).astype(np.uint32)

    def category_of(self, row: int) -> str:
        """The category of one entry, in the list's scheme."""
        return self.categories[int(self.category[row])]

    def attributes_of(self, row: int) -> tuple[tuple[str, str], ...]:
        """The further fields of one entry, as the issuer gave them."""
        text = self.attributes[row]
        return tuple((name, value) for name, value in json.loads(text)) if text else ()

    def rows_of(self, entry_ids: Iterable[str]) -> NDArray[np.uint32]:
        """The rows whose entry has one of these ids, in one pass over the keys."""
        wanted = {id_key(entry_id): entry_id for entry_id in entry_ids}
        seen = np.zeros(1 << 24, dtype=np.bool_)
        seen[[key >> 40 for key in wanted]] = True
        likely = np.flatnonzero(seen[self.id_keys >> np.uint64(40)])
        rows = [row for row in likely.tolist() if wanted.get(int(self.id_keys[row])) == self.ids[row]]
        return np.array(rows, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class HashList:
    """A list as it is in force: what it says of itself, and its entries."""

    header: ListHeader
    entries: Columns

    @classmethod
    def of(cls, header: ListHeader, entries: Iterable[Entry]) -> "HashList":
        """A list of these entries, in this order."""
        collected = Collector()
        for entry in entries:
            collected.add(entry)
        return cls(header, collected.columns())


class Collector:
    """Gathers entries into columns while a file streams by."""

    def __init__(self) -> None:
        self._hashes = {name: bytearray() for name in HASH_BYTES}
        self._present = bytearray()
        self._id_keys = bytearray()
        self._ids, self._attributes = _TextCollector(), _TextCollector()
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
            category=np.array(self._category, dtype=np.uint32),
            categories=tuple(self._categories),
            attributes=self._attributes.texts(),
        )

    def _hash_column(self, name: str) -> NDArray[np.uint8]:
        column, length = self._hashes[name], HASH_BYTES[name]
        if column:
            column += bytes(len(self) * length - len(column))
        return np.frombuffer(column, dtype=np.uint8).reshape(-1, length)


class _TextCollector:
    """Gathers strings end to end."""

    def __init__(self) -> None:
        self._blob = bytearray()
        self._ends = bytearray(8)

    def add(self, text: str) -> None:
        self._blob += text.encode()
        self._ends += len(self._blob).to_bytes(8, "little")

    def texts(self) -> Texts:
        return Texts(memoryview(self._blob).toreadonly(), np.frombuffer(self._ends, dtype="<u8"))


def id_key(entry_id: str) -> int:
    """64 bits that stand for an entry's id."""
    return int.from_bytes(blake2b(entry_id.encode(), digest_size=8).digest(), "little")
