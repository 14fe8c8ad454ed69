"""The verdict: one picture's fingerprint against every entry in force.

- An equal digest is the surest match. The strongest digest that an entry carries decides: equal MD5 with an unequal
  SHA-256 is a forged twin, not a match, and the picture is undecided unless it matches otherwise.
- A reading matches near when its PDQ lies within the list's own threshold, and wide up to 63 bits when the 256-bit
  pHash, a second measure, agrees.
- A reading below the quality floor never makes a match, nor does one whose hash, or whose entry's, rests on too little
  (`matcher.picture.detail`). If a picture has no other readings, or one of these lies near an entry, it is undecided:
  too flat.
- A held entry accuses no one and clears no one: a picture that matches only held entries is undecided.
- An entry of a list of harmless pictures (a negative bank) is never matched. It cancels a near match if the picture
  lies as near to it or is the same file: the picture is then undecided. It does not cancel an issuer's equal digest.
- A picture is no match only if every honest reading of it was hashed and compared.
- An entry is named once for a picture, at its surest.
"""

from collections.abc import Iterable, Sequence
from functools import reduce

from matcher.fingerprint import Fingerprint, UndecidedReason
from matcher.hash_lists.entry import MAX_THRESHOLD_BITS
from matcher.hash_lists.hash_list import IN_FORCE, HashList
from matcher.hash_lists.photodna import PhotoDna
from matcher.identifiers import COLUMNS, Identifier
from matcher.index.segment import Segment
from matcher.index.snapshot import dump, restore
from matcher.matching.candidates import (
    EqualCandidate,
    NamedCandidate,
    NearCandidate,
    equal_candidates,
    is_usable,
    near_candidates,
)
from matcher.matching.entry_index import EntryIndex
from matcher.picture.detail import QUALITY_FLOOR
from matcher.verdict import ListInForce, Match, Outcome, Tier, Verdict

_QUALITY_SLACK = 10
"""A generous bound of the difference between the quality of a scaled decode and the true one."""

_SUREST_FIRST = {tier: position for position, tier in enumerate(Tier)}


class IndexJudge:
    """`Judge` over an index in memory. Immutable: `and_then` returns the judge after a change.

    Several lists of one name are the first import and the changes to it, oldest first. What a `snapshot` of an earlier
    judge covers is not indexed again (`restored_entries` of them); a damaged or foreign snapshot is ignored. `licensed`
    compares PhotoDNA values, if installed.
    """

    def __init__(
        self, lists: Sequence[HashList], snapshot: bytes | memoryview | None = None, licensed: PhotoDna | None = None
    ) -> None:
        earlier = None if snapshot is None else restore(lists, snapshot, licensed)
        self.restored_entries = len(earlier) if earlier else 0
        self._set_index(EntryIndex.of(lists, earlier, licensed))

    def and_then(self, changes: Iterable[HashList]) -> "IndexJudge":
        """Return a judge with these changes in force too; it shares everything that has not changed."""
        later = IndexJudge(())
        later._set_index(reduce(EntryIndex.then, changes, self._index))
        return later

    def reviewed(self) -> frozenset[tuple[str, str]]:
        """Return the list name and id of every entry that is on hold or was released by a person."""
        chains = self._index.chains.items()
        return frozenset((name, entry_id) for name, chain in chains for entry_id in (*chain.held, *chain.released))

    def snapshot(self) -> memoryview:
        """Return the largest part of the index, for a later start. It reveals hashes: seal it before it is written."""
        return dump(max(self._index.segments, key=len, default=Segment(())))

    def lists(self) -> tuple[ListInForce, ...]:
        """Return the lists in force, by name."""
        return self._lists

    def judge(self, fingerprint: Fingerprint) -> Verdict:
        """Compare one fingerprint with every entry in force."""
        equal = list(equal_candidates(self._index, fingerprint.digests))
        near = list(near_candidates(self._index, fingerprint.readings))
        sound = _sound(equal, near)
        if matches := [candidate.match() for candidate in sound if not candidate.entry.held]:
            return Verdict(Outcome.MATCHED, matches=_each_entry_once(matches))
        reason = _doubt(equal, near, sound) or fingerprint.undecided or _flatness(fingerprint, near)
        return Verdict(Outcome.UNDECIDED, reason=reason) if reason else Verdict(Outcome.NO_MATCH)

    def could_match(self, fingerprint: Fingerprint, slack_bits: int) -> bool:
        """Return True if any reading lies within any entry's threshold widened by `slack_bits`.

        True as well if the best reading is so near the quality floor that a full decode might put it on the other side.
        """
        best = max((reading.quality for reading in fingerprint.readings), default=0)
        if abs(best - QUALITY_FLOOR) <= _QUALITY_SLACK:
            return True
        return any(True for _ in near_candidates(self._index, fingerprint.readings, slack_bits))

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        """Return the entries that a page names by this identifier, without held and harmless ones."""
        named = [
            NamedCandidate(entry, column)
            for column in COLUMNS[identifier.kind]
            for entry in self._index.with_hash(column, identifier.value)
        ]
        return _each_entry_once(
            candidate.match() for candidate in named if not (candidate.entry.held or candidate.entry.header.harmless)
        )

    def _set_index(self, index: EntryIndex) -> None:
        self._lists = tuple(
            ListInForce(
                name,
                chain.header.issuer,
                chain.header.version,
                chain.header.sha256,
                chain.count(IN_FORCE),
                chain.header.kind,
            )
            for name, chain in index.chains.items()
        )
        self._index = index


def _sound(equal: Sequence[EqualCandidate], near: Sequence[NearCandidate]) -> list[EqualCandidate | NearCandidate]:
    """Return the candidates that make a match, unless their entry is on hold."""
    accusing = [candidate for candidate in equal if _is_same_file(candidate) and not candidate.entry.header.harmless]
    close = [candidate for candidate in near if _may_accuse(candidate) and not _is_harmless(candidate, equal, near)]
    return [*accusing, *close]


def _is_same_file(candidate: EqualCandidate) -> bool:
    return not candidate.forged_twin


def _may_accuse(candidate: NearCandidate) -> bool:
    return candidate.usable and not candidate.entry.header.harmless


def _is_harmless(candidate: NearCandidate, equal: Iterable[EqualCandidate], near: Iterable[NearCandidate]) -> bool:
    """Return True if the file is a harmless picture's, or the reading lies as near to one as to the entry."""
    return any(_is_same_file(other) and other.entry.header.harmless for other in equal) or any(
        other.entry.header.harmless
        and (other.reading, other.algorithm) == (candidate.reading, candidate.algorithm)
        and other.distance <= candidate.distance
        for other in near
    )


def _doubt(
    equal: Iterable[EqualCandidate],
    near: Iterable[NearCandidate],
    sound: Sequence[EqualCandidate | NearCandidate],
) -> UndecidedReason | None:
    """Return the reason why a fully hashed picture that matched nothing may not be called no match."""
    if sound:
        return UndecidedReason.ON_HOLD
    if any(candidate.forged_twin and not candidate.entry.header.harmless for candidate in equal):
        return UndecidedReason.FORGED_TWIN
    return UndecidedReason.KNOWN_HARMLESS if any(_may_accuse(candidate) for candidate in near) else None


def _flatness(fingerprint: Fingerprint, near: Iterable[NearCandidate]) -> UndecidedReason | None:
    """Return TOO_FLAT if the hashed readings show too little to clear the picture."""
    unusable_near = any(not candidate.usable and not candidate.entry.header.harmless for candidate in near)
    none_usable = not any(is_usable(reading) for reading in fingerprint.readings)
    return UndecidedReason.TOO_FLAT if unusable_near or none_usable else None


def _each_entry_once(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Return the matches surest first; of several with one entry, only the surest."""
    surest: dict[tuple[str, str], Match] = {}
    for match in sorted(matches, key=_sureness):
        surest.setdefault((match.list_name, match.entry_id), match)
    return tuple(surest.values())


def _sureness(match: Match) -> tuple[int, int, int, int, str, str, str]:
    """Return a key that sorts surest first, and always in the same order."""
    phash_bits = MAX_THRESHOLD_BITS if match.phash_distance_bits is None else match.phash_distance_bits
    steps = match.reading.count("/")
    tier = _SUREST_FIRST[match.tier]
    return tier, match.distance_bits, phash_bits, steps, match.reading, match.list_name, match.entry_id
