"""The verdict: one picture's fingerprint against every entry in force.

- A digest that is equal is the surest match. The strongest digest that an entry carries decides: equal MD5 with an
  unequal SHA-256 is a forged twin, not a match, and the picture is undecided unless it matches otherwise.
- A reading matches near when its PDQ lies within the list's own threshold, and wide up to 63 bits when the 256-bit
  pHash, an independent measure, agrees.
- A reading below the quality floor shows too little for its hash to accuse anyone: it never makes a match. If no
  reading lies above the floor, or one below it lies near an entry, the picture is undecided: too flat.
- An entry on hold accuses no one, and clears no one: a picture that matches only such entries is undecided.
- A list of harmless pictures (a negative bank) is never matched. A near match is not made where such a picture lies as
  near, or is the same file; the picture is undecided, and counted. An issuer's equal digest stands against it.
- No match is said only of a picture of which every honest reading was hashed and compared.
- An entry is named once for a picture, at its surest.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from threading import Lock

from matcher.fingerprint import Fingerprint, UndecidedReason
from matcher.hash_lists.entry import MAX_THRESHOLD_BITS
from matcher.hash_lists.hash_list import IN_FORCE, HashList
from matcher.hash_lists.photodna import PhotoDna
from matcher.identifiers import COLUMNS, Identifier
from matcher.index.segment import Segment
from matcher.index.snapshot import dump, restore
from matcher.matching.candidates import QUALITY_FLOOR, Equal, NamedBy, Near, equal, near, usable
from matcher.matching.entry_index import EntryIndex
from matcher.verdict import ListInForce, Match, Outcome, Tier, Verdict

_QUALITY_SLACK = 10
"""How far the quality of a scaled decode may lie from the true one, generously."""

_SUREST_FIRST = {tier: place for place, tier in enumerate(Tier)}


class IndexJudge:
    """Judges against these lists, held in memory. Threads may share it; a change is in force once `apply` returns.

    Several lists of one name are the first import and the changes to it, oldest first. With a `snapshot` of an earlier
    judge, what it held is not indexed anew (`restored_entries` of them); one that does not fit is as good as none.
    `licensed` compares PhotoDNA values, where an installation has it.
    """

    def __init__(
        self, lists: Sequence[HashList], snapshot: bytes | memoryview | None = None, licensed: PhotoDna | None = None
    ) -> None:
        self._changing = Lock()
        earlier = None if snapshot is None else restore(lists, snapshot, licensed)
        self.restored_entries = len(earlier) if earlier else 0
        self._take(EntryIndex.of(lists, earlier, licensed))

    def apply(self, change: HashList) -> None:
        """Put a new list, or a change to one, in force: additions, withdrawals, holds and releases."""
        with self._changing:
            self._take(self._register.then(change))

    def and_then(self, changes: Iterable[HashList]) -> "IndexJudge":
        """A judge with these changes in force, too, which shares everything with this one that has not changed."""
        later = IndexJudge(())
        later._take(reduce(EntryIndex.then, changes, self._register))
        return later

    def reviewed(self) -> frozenset[tuple[str, str]]:
        """The lists' names and ids of entries that are on hold, or were released by a person."""
        chains = self._register.chains.items()
        return frozenset((name, entry_id) for name, chain in chains for entry_id in (*chain.held, *chain.released))

    def merge(self) -> None:
        """Make the index one again after many changes. Takes as long as a new judge; all else goes on meanwhile."""
        merged = self._register.merged().segments
        with self._changing:
            self._take(self._register.on(merged))

    def snapshot(self) -> memoryview:
        """The largest part of the index, for a later start. It gives away hashes: seal it before it touches a disk."""
        return dump(max(self._register.segments, key=len, default=Segment(())))

    def lists(self) -> tuple[ListInForce, ...]:
        """The lists in force, by name."""
        return self._lists

    def judge(self, fingerprint: Fingerprint) -> Verdict:
        """Compare one fingerprint with every entry in force."""
        register = self._register
        same = list(equal(register, fingerprint.digests))
        close = list(near(register, fingerprint.readings))
        sound = _sound(same, close)
        if matches := [one.match() for one in sound if not one.entry.held]:
            return Verdict(Outcome.MATCHED, matches=_each_entry_once(matches))
        reason = _doubt(same, close, sound) or fingerprint.undecided or _flatness(fingerprint, close)
        return Verdict(Outcome.UNDECIDED, reason=reason) if reason else Verdict(Outcome.NO_MATCH)

    def could_match(self, fingerprint: Fingerprint, slack_bits: int) -> bool:
        """Whether any reading lies within any entry's threshold widened by `slack_bits`, or the best of them so near
        the quality floor that a full decode might put it on the other side.
        """
        best = max((reading.quality for reading in fingerprint.readings), default=0)
        if abs(best - QUALITY_FLOOR) <= _QUALITY_SLACK:
            return True
        return any(True for _ in near(self._register, fingerprint.readings, slack_bits))

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        """The entries that a page names by this identifier; none that is on hold, or of a list of harmless pictures."""
        register = self._register
        hits = [
            NamedBy(entry, column)
            for column in COLUMNS[identifier.kind]
            for entry in register.with_hash(column, identifier.value)
        ]
        return _each_entry_once(hit.match() for hit in hits if not (hit.entry.held or hit.entry.header.harmless))

    def _take(self, register: EntryIndex) -> None:
        self._lists = tuple(
            ListInForce(name, chain.header.issuer, chain.header.version, chain.header.sha256, chain.count(IN_FORCE))
            for name, chain in register.chains.items()
        )
        self._register = register


def _sound(same: Iterable[Equal], close: Sequence[Near]) -> list[Equal | Near]:
    """The hits that make a match, unless their entry is on hold."""
    return [one for one in same if _is_same(one) and not one.entry.header.harmless] + [
        one for one in close if _may_accuse(one) and not _is_harmless(one, same, close)
    ]


def _is_same(hit: Equal) -> bool:
    return not hit.forged_twin


def _may_accuse(hit: Near) -> bool:
    return hit.usable and not hit.entry.header.harmless


def _is_harmless(hit: Near, same: Iterable[Equal], close: Iterable[Near]) -> bool:
    """Whether the picture is a harmless one by digest, or this reading lies as near to one as to the entry."""
    return any(_is_same(one) and one.entry.header.harmless for one in same) or any(
        one.entry.header.harmless
        and (one.reading, one.algorithm) == (hit.reading, hit.algorithm)
        and one.distance <= hit.distance
        for one in close
    )


def _doubt(same: Iterable[Equal], close: Iterable[Near], sound: Sequence[Equal | Near]) -> UndecidedReason | None:
    """Why a picture that matched nothing may not be called no match, for all that could be hashed of it."""
    if sound:
        return UndecidedReason.ON_HOLD
    if any(hit.forged_twin and not hit.entry.header.harmless for hit in same):
        return UndecidedReason.FORGED_TWIN
    return UndecidedReason.KNOWN_HARMLESS if any(_may_accuse(hit) for hit in close) else None


def _flatness(fingerprint: Fingerprint, close: Iterable[Near]) -> UndecidedReason | None:
    """Whether what was hashed shows too little for its hashes to clear the picture."""
    near_by_flatness = any(not hit.usable and not hit.entry.header.harmless for hit in close)
    none_usable = not any(usable(reading) for reading in fingerprint.readings)
    return UndecidedReason.TOO_FLAT if near_by_flatness or none_usable else None


def _each_entry_once(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Surest first; of several matches with one entry, the surest."""
    surest: dict[tuple[str, str], Match] = {}
    for match in sorted(matches, key=_sureness):
        surest.setdefault((match.list_name, match.entry_id), match)
    return tuple(surest.values())


def _sureness(match: Match) -> tuple[int, int, int, int, str, str, str]:
    """Sorts surest first, and always in the same order."""
    phash_bits = MAX_THRESHOLD_BITS if match.phash_distance_bits is None else match.phash_distance_bits
    steps = match.reading.count("/")
    tier = _SUREST_FIRST[match.tier]
    return tier, match.distance_bits, phash_bits, steps, match.reading, match.list_name, match.entry_id
