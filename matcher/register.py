"""The register: every entry in force of every list, looked up by digest and by distance. Threads share it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.fingerprint import Digests
from matcher.hash_lists.columns import HashList
from matcher.hash_lists.entry import ListHeader
from matcher.index.codes import CODE_BYTES, codes_from, codes_of
from matcher.index.digests import DigestIndex
from matcher.index.flat import FlatIndex

DIGESTS = ("sha256", "sha1", "md5")
"""Strongest first."""


@dataclass(frozen=True, slots=True)
class Known:
    """One entry in force: a row of a list."""

    of: HashList
    row: int

    @property
    def header(self) -> ListHeader:
        """What the entry's list says of itself."""
        return self.of.header

    @property
    def entry_id(self) -> str:
        """The entry's id in its list."""
        return self.of.entries.ids[self.row]

    @property
    def category(self) -> str:
        """The issuer's category, in the list's scheme."""
        return self.of.entries.category_of(self.row)

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """The entry's further fields, as the issuer gave them."""
        return self.of.entries.attributes_of(self.row)

    def hash(self, name: str) -> bytes | None:
        """The entry's hash called `name`, or None where the issuer gave none."""
        return self.of.entries.hash(name, self.row)


class Register:
    """Looks up entries of these lists."""

    def __init__(self, lists: Sequence[HashList]) -> None:
        self.lists = tuple(sorted(lists, key=lambda one: one.header.name))
        self._digests = [
            {name: DigestIndex(one.entries.hashes[name], one.entries.having(name)) for name in DIGESTS}
            for one in self.lists
        ]
        self._rows = [one.entries.having("pdq") for one in self.lists]
        self._starts = np.cumsum([0, *(len(rows) for rows in self._rows)])
        parts = [one.entries.hashes["pdq"][rows] for one, rows in zip(self.lists, self._rows, strict=True) if len(rows)]
        self._codes = FlatIndex(codes_of(np.concatenate([np.zeros((0, CODE_BYTES), np.uint8), *parts])))

    def with_any_digest(self, digests: Digests) -> Iterator[Known]:
        """Each entry that has at least one of these digests."""
        for one, indexes in zip(self.lists, self._digests, strict=True):
            rows = {row for name in DIGESTS for row in indexes[name].rows(getattr(digests, name))}
            yield from (Known(one, row) for row in sorted(rows))

    def near(self, pdqs: Sequence[bytes], radius_bits: int) -> Iterator[tuple[int, Known, int]]:
        """Each entry within `radius_bits` of each hash: the hash's place in `pdqs`, the entry, and the distance."""
        hits = self._codes.search(codes_from(pdqs), radius_bits)
        for query, row, distance in hits:
            number = int(np.searchsorted(self._starts, row, side="right")) - 1
            yield query, Known(self.lists[number], int(self._rows[number][row - self._starts[number]])), distance
