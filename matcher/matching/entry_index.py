"""Lookup of every entry in force, of every list, by digest and by distance.

An index is immutable: a change makes a new one that shares what has not changed, so threads may use the old one
meanwhile. A change costs a small segment and a pass over the ids. Small segments are joined as they come, so that
there are never many.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from matcher.fingerprint import Digests
from matcher.hash_lists.entry import ListHeader
from matcher.hash_lists.hash_list import GONE, HELD, Chain, EntryStatus, HashList
from matcher.hash_lists.photodna import PhotoDna
from matcher.index.codes import codes_from
from matcher.index.segment import Located, Segment

_USUAL_THRESHOLD_BITS = 31
"""PDQ's own threshold, and the limit of a cheap search (measured: 37 bits take three times as long at ten million)."""

_MOST_ROWS_JOINED = 200_000
"""Rows that are indexed again in a fraction of a second, to save a segment."""


@dataclass(frozen=True, slots=True)
class IndexedEntry:
    """One entry: a row of a list. `header` is the one of the list's newest form."""

    header: ListHeader
    hash_list: HashList
    row: int
    held: bool
    """True until a person has reviewed the entry: a held entry accuses no one."""

    @property
    def key(self) -> tuple[int, int]:
        """The entry's identity while its list is in memory."""
        return id(self.hash_list), self.row

    @property
    def entry_id(self) -> str:
        """The entry's id in its list."""
        return self.hash_list.entries.ids[self.row]

    @property
    def category(self) -> str:
        """The issuer's category, in the list's scheme."""
        return self.hash_list.entries.category_of(self.row)

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """The entry's further fields, as the issuer gave them."""
        return self.hash_list.entries.attributes_of(self.row)

    def hash(self, name: str) -> bytes | None:
        """Return the entry's hash called `name`, or None where the issuer gave none."""
        return self.hash_list.entries.hash(name, self.row)


@dataclass(frozen=True, slots=True, eq=False)
class EntryIndex:
    """Index over the entries of these lists, by name."""

    chains: Mapping[str, Chain]
    segments: tuple[Segment, ...]
    statuses: Mapping[HashList, EntryStatus]
    licensed: PhotoDna | None = None

    @classmethod
    def of(
        cls, lists: Iterable[HashList], earlier: Segment | None = None, licensed: PhotoDna | None = None
    ) -> "EntryIndex":
        """Index these lists and changes, each list's oldest first, except what `earlier` covers already."""
        by_name: dict[str, list[HashList]] = {}
        for hash_list in lists:
            by_name.setdefault(hash_list.header.name, []).append(hash_list)
        chains = {name: Chain.of(changes) for name, changes in sorted(by_name.items())}
        index = cls(chains, (), _statuses(chains), licensed)
        return replace(index, segments=index._segments_on([earlier] if earlier else []))

    def then(self, change: HashList) -> "EntryIndex":
        """Return the index after one more change."""
        name = change.header.name
        chain = self.chains[name].then(change) if name in self.chains else Chain.of([change])
        chains = dict(sorted({**self.chains, name: chain}.items()))
        return EntryIndex(chains, self._segments_with(change), _statuses(chains), self.licensed)

    def with_any_digest(self, digests: Digests) -> Iterator[IndexedEntry]:
        """Return each entry that has at least one of these digests."""
        return self._in_force(found for segment in self.segments for found in segment.with_any_digest(digests))

    def with_hash(self, name: str, value: bytes) -> Iterator[IndexedEntry]:
        """Return each entry whose hash called `name` is `value`."""
        return self._in_force(found for segment in self.segments for found in segment.with_hash(name, value))

    def near(self, pdqs: Sequence[bytes], slack_bits: int) -> Iterator[tuple[int, IndexedEntry]]:
        """Yield each entry with a PDQ within its list's threshold of one of `pdqs`, with the position in `pdqs`.

        Every threshold is widened by `slack_bits`. Entries beyond their threshold may come too, where lists with other
        thresholds are searched together.
        """
        codes = codes_from(pdqs)
        for segment in self.segments:
            widest = max((self._threshold(hash_list) for hash_list in segment.lists if len(hash_list)), default=0)
            for position, located in segment.near(codes, widest + slack_bits):
                yield from ((position, entry) for entry in self._in_force([located]))

    def near_by_phash(self, phashes: Sequence[bytes], radius_bits: int) -> Iterator[tuple[int, IndexedEntry]]:
        """Yield each entry with a pHash within the radius of one of `phashes`, with the position in `phashes`."""
        codes = codes_from(phashes)
        for segment in self.segments:
            for position, located in segment.near_by_phash(codes, radius_bits):
                yield from ((position, entry) for entry in self._in_force([located]))

    def near_by_photodna(self, value: bytes) -> Iterator[tuple[IndexedEntry, int]]:
        """Yield each entry near a PhotoDNA value, with the distance in the plug-in's measure."""
        for segment in self.segments:
            for located, distance in segment.near_by_photodna(value):
                yield from ((entry, distance) for entry in self._in_force([located]))

    def _segments_on(self, earlier: Sequence[Segment]) -> tuple[Segment, ...]:
        """Return the earlier segments and new ones of all lists that they do not cover.

        Lists with an unusually large threshold get a separate segment, so that no other is searched that widely.
        """
        covered = {hash_list for segment in earlier for hash_list in segment.lists}
        later = [change for chain in self.chains.values() for change in chain.changes if change not in covered]
        wide = [change for change in later if self._threshold(change) > _USUAL_THRESHOLD_BITS]
        usual = [change for change in later if change not in wide]
        return (*earlier, *(Segment(lists, licensed=self.licensed) for lists in (usual, wide) if lists))

    def _segments_with(self, change: HashList) -> tuple[Segment, ...]:
        """Return the segments and one more, joined with those before it that are no larger, while that is quick."""
        kept, lists, rows = list(self.segments), [change], len(change)
        while kept and len(kept[-1]) <= rows and rows + len(kept[-1]) <= _MOST_ROWS_JOINED:
            rows += len(kept[-1])
            lists[:0] = kept.pop().lists
        return (*kept, Segment(lists, licensed=self.licensed))

    def _threshold(self, hash_list: HashList) -> int:
        """Return the PDQ threshold of a list in its newest form."""
        return self.chains[hash_list.header.name].header.pdq_threshold_bits

    def _in_force(self, found: Iterable[Located]) -> Iterator[IndexedEntry]:
        """Yield those of these entries that are not withdrawn."""
        for hash_list, row in found:
            status = int(self.statuses[hash_list][row])
            if status != GONE:
                header = self.chains[hash_list.header.name].header
                yield IndexedEntry(header, hash_list, row, held=status == HELD)


def _statuses(chains: Mapping[str, Chain]) -> dict[HashList, EntryStatus]:
    return {
        change: status
        for chain in chains.values()
        for change, status in zip(chain.changes, chain.standings, strict=True)
    }
