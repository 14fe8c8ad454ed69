"""A segment: the entries of some hash lists, indexed together once and never altered.

What is added later makes a segment of its own; what is withdrawn is masked by whoever asks (`matcher.register`).
"""

from collections.abc import Iterator, Sequence

import numpy as np

from matcher.fingerprint import Digests
from matcher.hash_lists.columns import Rows
from matcher.hash_lists.hash_list import HashList
from matcher.index.codes import CODE_BYTES, Codes, codes_of
from matcher.index.digests import DigestIndex
from matcher.index.flat import FlatIndex
from matcher.index.multi import MultiIndex

DIGESTS = ("sha256", "sha1", "md5")
"""Strongest first."""

Located = tuple[HashList, int]
"""A list and a row in it."""

_FEWEST_ROWS_FOR_KEYS = 1 << 15
"""Below it, looking at every code is faster than looking up keys (measured)."""


class Segment:
    """Looks up entries of these lists."""

    def __init__(self, lists: Sequence[HashList]) -> None:
        self.lists = tuple(lists)
        self._digests = [
            {name: DigestIndex(one.entries.hashes[name], one.entries.having(name)) for name in DIGESTS} for one in lists
        ]
        self._pdq, self._phash = _Coded(self.lists, "pdq"), _Coded(self.lists, "phash")
        self._by_pdq = (MultiIndex if len(self._pdq) >= _FEWEST_ROWS_FOR_KEYS else FlatIndex)(self._pdq.codes)
        self._by_phash = FlatIndex(self._phash.codes)

    def __len__(self) -> int:
        return sum(len(one) for one in self.lists)

    def with_any_digest(self, digests: Digests) -> Iterator[Located]:
        """Each entry that has at least one of these digests."""
        for one, indexes in zip(self.lists, self._digests, strict=True):
            rows = {row for name in DIGESTS for row in indexes[name].rows(getattr(digests, name))}
            yield from ((one, row) for row in sorted(rows))

    def near(self, pdqs: Codes, radius_bits: int) -> Iterator[tuple[int, Located]]:
        """Each entry with a PDQ within the radius of a query's, and that query's number."""
        return ((query, self._pdq.located(row)) for query, row, _ in self._by_pdq.search(pdqs, radius_bits))

    def near_by_phash(self, phashes: Codes, radius_bits: int) -> Iterator[tuple[int, Located]]:
        """Each entry with a pHash within the radius of a query's, and that query's number.

        Looks at every such entry: at the radii that are of use here, keys would gain nothing (measured).
        """
        return ((query, self._phash.located(row)) for query, row, _ in self._by_phash.search(phashes, radius_bits))


class _Coded:
    """One kind of perceptual hash of several lists, end to end; a single complete column is not copied."""

    def __init__(self, lists: Sequence[HashList], name: str) -> None:
        self._lists = lists
        self._rows = [_rows_if_not_all(one, name) for one in lists]
        columns = [one.entries.hashes[name] for one in lists]
        taken = [column if rows is None else column[rows] for column, rows in zip(columns, self._rows, strict=True)]
        self._starts = np.cumsum([0, *(len(one) for one in taken)])
        held = [one for one in taken if len(one)]
        self.codes = codes_of(
            held[0] if len(held) == 1 else np.concatenate([np.zeros((0, CODE_BYTES), np.uint8), *held])
        )

    def __len__(self) -> int:
        return len(self.codes)

    def located(self, place: int) -> Located:
        """The list and row of one code."""
        number = int(np.searchsorted(self._starts, place, side="right")) - 1
        place -= int(self._starts[number])
        rows = self._rows[number]
        return self._lists[number], place if rows is None else int(rows[place])


def _rows_if_not_all(one: HashList, name: str) -> Rows | None:
    """The rows that carry a hash, or None where every row does, or its column is empty."""
    rows = one.entries.having(name)
    return None if len(rows) in {0, len(one)} and len(rows) == len(one.entries.hashes[name]) else rows
