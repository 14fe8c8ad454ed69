"""The register: every entry in force of every list, looked up by digest and by distance.

Immutable: a change makes a new register that shares what has not changed, so that threads may use the old one while
the new one is made. A change costs a small segment and a pass over the ids, not a new index. Small segments are
gathered as they come, so that there are ever only a few; `merged` makes them as few as can be.
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
"""PDQ's own, and the edge of what is found cheaply (measured: 37 bits take three times as long at ten million)."""

_MOST_ROWS_GATHERED = 200_000
"""As many rows are indexed anew at once, in a fraction of a second, to save a segment."""


@dataclass(frozen=True, slots=True)
class IndexedEntry:
    """One entry: a row of a list. `header` is that of the list's newest form."""

    header: ListHeader
    of: HashList
    row: int
    held: bool
    """On hold until a person has reviewed it: it accuses no one."""

    @property
    def key(self) -> tuple[int, int]:
        """Tells this entry from every other while its list is in memory."""
        return id(self.of), self.row

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


@dataclass(frozen=True, slots=True, eq=False)
class EntryIndex:
    """Looks up entries of these lists, by name."""

    chains: Mapping[str, Chain]
    segments: tuple[Segment, ...]
    standings: Mapping[HashList, EntryStatus]
    licensed: PhotoDna | None = None

    @classmethod
    def of(
        cls, lists: Iterable[HashList], earlier: Segment | None = None, licensed: PhotoDna | None = None
    ) -> "EntryIndex":
        """A register of these lists and changes, each list's oldest first; on what was indexed of them `earlier`."""
        by_name: dict[str, list[HashList]] = {}
        for one in lists:
            by_name.setdefault(one.header.name, []).append(one)
        chains = {name: Chain.of(changes) for name, changes in sorted(by_name.items())}
        register = cls(chains, (), _standings(chains), licensed)
        return register.on([earlier] if earlier else [])

    def then(self, change: HashList) -> "EntryIndex":
        """The register after one more change: additions, withdrawals and holds are in force in what this returns."""
        name = change.header.name
        chain = self.chains[name].then(change) if name in self.chains else Chain.of([change])
        chains = dict(sorted({**self.chains, name: chain}.items()))
        return EntryIndex(chains, self._segments_with(change), _standings(chains), self.licensed)

    def without(self, name: str) -> "EntryIndex":
        """The register without the list of this name, indexed anew."""
        chains = {other: chain for other, chain in self.chains.items() if other != name}
        return EntryIndex(chains, (), _standings(chains), self.licensed).merged()

    def merged(self) -> "EntryIndex":
        """The same register in as few segments as can be: as costly as making it anew."""
        return replace(self, segments=()).on(())

    def on(self, segments: Sequence[Segment]) -> "EntryIndex":
        """The same register on segments that were made of its lists a while ago; lists that came later are indexed now.

        Lists with an unusually large threshold have a segment of their own, so that no other is searched that widely.
        """
        indexed = {one for segment in segments for one in segment.lists}
        later = [one for chain in self.chains.values() for one in chain.changes if one not in indexed]
        wide = [one for one in later if self._threshold(one) > _USUAL_THRESHOLD_BITS]
        usual = [one for one in later if one not in wide]
        made = [Segment(some, licensed=self.licensed) for some in (usual, wide) if some]
        return replace(self, segments=(*segments, *made))

    def with_any_digest(self, digests: Digests) -> Iterator[IndexedEntry]:
        """Each entry that has at least one of these digests."""
        return self._standing(found for one in self.segments for found in one.with_any_digest(digests))

    def with_hash(self, name: str, value: bytes) -> Iterator[IndexedEntry]:
        """Each entry whose hash called `name` is `value`."""
        return self._standing(found for one in self.segments for found in one.with_hash(name, value))

    def near(self, pdqs: Sequence[bytes], slack_bits: int) -> Iterator[tuple[int, IndexedEntry]]:
        """Each entry with a PDQ within its list's threshold, widened by `slack_bits`, of one of `pdqs`, and that one's
        place; and maybe entries beyond it, where lists with other thresholds are searched with it.
        """
        codes = codes_from(pdqs)
        for one in self.segments:
            widest = max((self._threshold(some) for some in one.lists if len(some)), default=0)
            for place, located in one.near(codes, widest + slack_bits):
                yield from ((place, known) for known in self._standing([located]))

    def near_by_phash(self, phashes: Sequence[bytes], radius_bits: int) -> Iterator[tuple[int, IndexedEntry]]:
        """Each entry with a pHash within the radius of one of `phashes`, and that one's place."""
        codes = codes_from(phashes)
        for one in self.segments:
            for place, located in one.near_by_phash(codes, radius_bits):
                yield from ((place, known) for known in self._standing([located]))

    def near_by_photodna(self, value: bytes) -> Iterator[tuple[IndexedEntry, int]]:
        """Each entry near a PhotoDNA value, and the distance in the plug-in's measure; none without a plug-in."""
        for one in self.segments:
            for located, distance in one.near_by_photodna(value):
                yield from ((known, distance) for known in self._standing([located]))

    def _segments_with(self, change: HashList) -> tuple[Segment, ...]:
        """The segments with one more, gathered with those before it that are no larger, while that is quick."""
        kept, lists, rows = list(self.segments), [change], len(change)
        while kept and len(kept[-1]) <= rows and rows + len(kept[-1]) <= _MOST_ROWS_GATHERED:
            rows += len(kept[-1])
            lists[:0] = kept.pop().lists
        return (*kept, Segment(lists, licensed=self.licensed))

    def _threshold(self, one: HashList) -> int:
        """The PDQ threshold of a list in its newest form; 0 for a list that is gone."""
        chain = self.chains.get(one.header.name)
        return chain.header.pdq_threshold_bits if chain else 0

    def _standing(self, found: Iterable[Located]) -> Iterator[IndexedEntry]:
        """Those of these entries that are not gone, nor of a list that is gone."""
        for one, row in found:
            standing = self.standings.get(one)
            stands = GONE if standing is None else int(standing[row])
            if stands != GONE:
                yield IndexedEntry(self.chains[one.header.name].header, one, row, held=stands == HELD)


def _standings(chains: Mapping[str, Chain]) -> dict[HashList, EntryStatus]:
    return {
        one: standing for chain in chains.values() for one, standing in zip(chain.changes, chain.standings, strict=True)
    }
