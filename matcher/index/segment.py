"""A segment: the entries of some hash lists, indexed together once and never altered.

Later additions form a segment of their own; the caller masks withdrawn entries (`matcher.matching.entry_index`).
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from matcher.fingerprint import Digests
from matcher.hash_lists.columns import Rows
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.photodna import PhotoDna, PhotoDnaTable
from matcher.index.buckets import Buckets
from matcher.index.codes import CODE_BYTES, Codes, codes_of
from matcher.index.digests import DigestIndex
from matcher.index.flat import FlatIndex
from matcher.index.multi import MultiIndex

DIGESTS = ("sha256", "sha1", "md5")
"""Strongest first."""

BY_NAME = (*DIGESTS, "infohash", "infohash2", "ed2k")
"""Every hash that is looked up as it is: digests of pictures, and what peer-to-peer networks name files by."""

Located = tuple[HashList, int]
"""A list and a row in it."""

_FEWEST_ROWS_FOR_KEYS = 1 << 15
"""Below it, looking at every code is as fast as looking up keys (measured, within 31 bits)."""

_FEWEST_ROWS_FOR_WIDE_KEYS = 1 << 18
"""The same for the wider radius of the pHash (measured, within 51 bits: at 100,000 rows alike, at a million twice as
fast, at ten million 5.6 times).
"""


class Segment:
    """Looks up entries of these lists. `tables` are those of a segment made earlier of the same lists."""

    def __init__(
        self,
        lists: Sequence[HashList],
        tables: Mapping[str, Buckets] = MappingProxyType({}),
        licensed: PhotoDna | None = None,
    ) -> None:
        self.lists = tuple(lists)
        self._photodna = [PhotoDnaTable(entry_list.entries, licensed) for entry_list in lists] if licensed else []
        self._digests = [
            {
                name: DigestIndex(one.entries.hashes[name], one.entries.having(name), tables.get(f"{number}.{name}"))
                for name in BY_NAME
            }
            for number, one in enumerate(lists)
        ]
        self._pdq, self._phash = _Coded(self.lists, "pdq"), _Coded(self.lists, "phash")
        self._by_pdq = _index(self._pdq.codes, tables.get("pdq"), _FEWEST_ROWS_FOR_KEYS)
        self._by_phash = _index(self._phash.codes, tables.get("phash"), _FEWEST_ROWS_FOR_WIDE_KEYS)

    def __len__(self) -> int:
        return sum(len(entry_list) for entry_list in self.lists)

    @property
    def tables(self) -> dict[str, Buckets]:
        """What took time to make, by name: enough to make the segment again at once."""
        digests = {
            f"{number}.{name}": index.table
            for number, indexes in enumerate(self._digests)
            for name, index in indexes.items()
        }
        by_code = {"pdq": self._by_pdq, "phash": self._by_phash}
        return digests | {name: index.table for name, index in by_code.items() if isinstance(index, MultiIndex)}

    def with_any_digest(self, digests: Digests) -> Iterator[Located]:
        """Yield each entry that has at least one of these digests."""
        for one, indexes in zip(self.lists, self._digests, strict=True):
            rows = {row for name in DIGESTS for row in indexes[name].rows(getattr(digests, name))}
            yield from ((one, row) for row in sorted(rows))

    def with_hash(self, name: str, value: bytes) -> Iterator[Located]:
        """Yield each entry whose hash called `name` (one of BY_NAME) is `value`."""
        for one, indexes in zip(self.lists, self._digests, strict=True):
            yield from ((one, row) for row in indexes[name].rows(value))

    def near(self, pdqs: Codes, radius_bits: int) -> Iterator[tuple[int, Located]]:
        """Yield each entry with a PDQ within the radius of a query's, and that query's number."""
        return ((query, self._pdq.located(row)) for query, row, _ in self._by_pdq.search(pdqs, radius_bits))

    def near_by_phash(self, phashes: Codes, radius_bits: int) -> Iterator[tuple[int, Located]]:
        """Yield each entry with a pHash within the radius of a query's, and that query's number."""
        return ((query, self._phash.located(row)) for query, row, _ in self._by_phash.search(phashes, radius_bits))

    def near_by_photodna(self, value: bytes) -> Iterator[tuple[Located, int]]:
        """Yield each entry near a PhotoDNA value, and the distance in the plug-in's measure; none without a plug-in."""
        for one, table in zip(self.lists, self._photodna, strict=False):
            yield from (((one, row), distance) for row, distance in table.near(value))


def _index(codes: Codes, table: Buckets | None, fewest_for_keys: int) -> MultiIndex | FlatIndex:
    return MultiIndex(codes, table) if len(codes) >= fewest_for_keys else FlatIndex(codes)


class _Coded:
    """One kind of perceptual hash of several lists, end to end; a single complete column is not copied."""

    def __init__(self, lists: Sequence[HashList], name: str) -> None:
        self._lists = lists
        self._rows = [_rows_if_not_all(entry_list, name) for entry_list in lists]
        columns = [entry_list.entries.hashes[name] for entry_list in lists]
        taken = [column if rows is None else column[rows] for column, rows in zip(columns, self._rows, strict=True)]
        self._starts = np.cumsum([0, *(len(item) for item in taken)])
        held = [item for item in taken if len(item)]
        self.codes = codes_of(
            held[0] if len(held) == 1 else np.concatenate([np.zeros((0, CODE_BYTES), np.uint8), *held])
        )

    def __len__(self) -> int:
        return len(self.codes)

    def located(self, place: int) -> Located:
        """Return the list and row of one code."""
        number = int(np.searchsorted(self._starts, place, side="right")) - 1
        place -= int(self._starts[number])
        rows = self._rows[number]
        return self._lists[number], place if rows is None else int(rows[place])


def _rows_if_not_all(one: HashList, name: str) -> Rows | None:
    """Return the rows that carry a hash, or None if every row does or its column is empty."""
    rows = one.entries.having(name)
    return None if len(rows) in {0, len(one)} and len(rows) == len(one.entries.hashes[name]) else rows
