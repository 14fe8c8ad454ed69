"""The verdict: one picture's fingerprint against every entry in force.

- A digest that is equal is the surest match. The strongest digest that an entry carries decides: equal MD5 with an
  unequal SHA-256 is a forged twin, not a match, and the picture is undecided unless it matches otherwise.
- A reading matches near when its PDQ lies within the list's own threshold, and wide up to 63 bits when the 256-bit
  pHash, an independent measure, agrees.
- A reading below the quality floor shows too little for its hash to accuse anyone: it never makes a match. If no
  reading lies above the floor, or one below it lies near an entry, the picture is undecided: too flat.
- No match is said only of a picture of which every honest reading was hashed and compared.
- An entry is named once for a picture, at its surest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from matcher.fingerprint import Digests, Fingerprint, Reading, UndecidedReason
from matcher.hash_lists.columns import HashList
from matcher.hash_lists.entry import MAX_THRESHOLD_BITS
from matcher.register import DIGESTS, Known, Register
from matcher.verdict import ListInForce, Match, Outcome, Tier, Verdict

QUALITY_FLOOR = 50
"""PDQ's authors advise against matching below it (of 100)."""

PHASH_AGREES_BITS = 51
"""The 256-bit pHash agrees when it lies this near. Unrelated pictures lie about 128 bits apart."""

_QUALITY_SLACK = 10
"""How far the quality of a scaled decode may lie from the true one, generously."""

_SUREST_FIRST = {tier: place for place, tier in enumerate(Tier)}


class IndexJudge:
    """Judges against these lists, held in memory. Threads may share it."""

    def __init__(self, lists: Sequence[HashList]) -> None:
        self._register = Register(lists)

    def lists(self) -> tuple[ListInForce, ...]:
        """The lists in force, by name."""
        return tuple(_in_force(one) for one in self._register.lists)

    def judge(self, fingerprint: Fingerprint) -> Verdict:
        """Compare one fingerprint with every entry in force."""
        known = list(self._register.with_any_digest(fingerprint.digests))
        same = [entry for entry in known if _is_same(entry, fingerprint.digests)]
        near = list(self._near(fingerprint.readings))
        found = [_exact_match(entry) for entry in same] + [one.match() for one in near if _usable(one.reading)]
        if found:
            return Verdict(Outcome.MATCHED, matches=_each_entry_once(found))
        reason = fingerprint.undecided or _doubt(fingerprint.readings, forged=len(known) > len(same), near=bool(near))
        return Verdict(Outcome.UNDECIDED, reason=reason) if reason else Verdict(Outcome.NO_MATCH)

    def could_match(self, fingerprint: Fingerprint, slack_bits: int) -> bool:
        """Whether any reading lies within any entry's threshold widened by `slack_bits`, or the best of them so near
        the quality floor that a full decode might put it on the other side.
        """
        best = max((reading.quality for reading in fingerprint.readings), default=0)
        return abs(best - QUALITY_FLOOR) <= _QUALITY_SLACK or any(self._near(fingerprint.readings, slack_bits))

    def _near(self, readings: Sequence[Reading], slack_bits: int = 0) -> Iterator["_Near"]:
        """Every reading that is in some tier of some entry, usable or not."""
        found = self._register.near([reading.pdq for reading in readings], MAX_THRESHOLD_BITS + slack_bits)
        for place, entry, pdq_bits in found:
            phash_bits = _phash_bits(entry, readings[place])
            tier = _tier(entry, pdq_bits - slack_bits, None if phash_bits is None else phash_bits - slack_bits)
            if tier is not None:
                yield _Near(readings[place], entry, tier, pdq_bits, phash_bits)


@dataclass(frozen=True, slots=True)
class _Near:
    """One reading near one entry. `phash_bits` is None when the entry carries no pHash."""

    reading: Reading
    entry: Known
    tier: Tier
    pdq_bits: int
    phash_bits: int | None

    def match(self) -> Match:
        """What is said of it."""
        header = self.entry.header
        return Match(
            list_name=header.name,
            list_issuer=header.issuer,
            list_version=header.version,
            entry_id=self.entry.entry_id,
            algorithm="pdq",
            tier=self.tier,
            distance_bits=self.pdq_bits,
            threshold_bits=header.pdq_threshold_bits,
            phash_distance_bits=self.phash_bits,
            reading=self.reading.name,
            quality=self.reading.quality,
            category=self.entry.category,
            category_scheme=header.category_scheme,
            attributes=self.entry.attributes,
        )


def _exact_match(entry: Known) -> Match:
    header = entry.header
    return Match(
        list_name=header.name,
        list_issuer=header.issuer,
        list_version=header.version,
        entry_id=entry.entry_id,
        algorithm=_strongest(entry),
        tier=Tier.EXACT,
        distance_bits=0,
        threshold_bits=0,
        phash_distance_bits=None,
        reading="bytes",
        quality=0,
        category=entry.category,
        category_scheme=header.category_scheme,
        attributes=entry.attributes,
    )


def _usable(reading: Reading) -> bool:
    return reading.quality >= QUALITY_FLOOR


def _phash_bits(entry: Known, reading: Reading) -> int | None:
    phash = entry.hash("phash")
    return None if phash is None else (int.from_bytes(phash) ^ int.from_bytes(reading.phash)).bit_count()


def _tier(entry: Known, pdq_bits: int, phash_bits: int | None) -> Tier | None:
    """The tier of a reading at these distances; None where it is not near enough to mean anything."""
    confirmed = phash_bits is not None and phash_bits <= PHASH_AGREES_BITS
    if pdq_bits <= entry.header.pdq_threshold_bits:
        return Tier.NEAR_CONFIRMED if confirmed else Tier.NEAR
    return Tier.WIDE if confirmed else None


def _strongest(entry: Known) -> str:
    """The strongest digest that an entry carries. Only for an entry that carries one."""
    return next(name for name in DIGESTS if entry.hash(name) is not None)


def _is_same(entry: Known, digests: Digests) -> bool:
    strongest = _strongest(entry)
    return bool(entry.hash(strongest) == getattr(digests, strongest))


def _doubt(readings: Sequence[Reading], *, forged: bool, near: bool) -> UndecidedReason | None:
    """Why a wholly hashed picture that matched nothing may still not be called no match."""
    if forged:
        return UndecidedReason.FORGED_TWIN
    if near or not any(_usable(reading) for reading in readings):
        return UndecidedReason.TOO_FLAT
    return None


def _each_entry_once(matches: Iterable[Match]) -> tuple[Match, ...]:
    """Surest first; of several matches with one entry, the surest."""
    surest: dict[tuple[str, str], Match] = {}
    for match in sorted(matches, key=_sureness):
        surest.setdefault((match.list_name, match.entry_id), match)
    return tuple(surest.values())


def _sureness(match: Match) -> tuple[int, int, int, int, str, str, str]:
    """Sorts surest first, and always in the same order."""
    phash_bits = MAX_THRESHOLD_BITS if match.phash_distance_bits is None else match.phash_distance_bits
    place = match.reading.count("/")
    tier = _SUREST_FIRST[match.tier]
    return tier, match.distance_bits, phash_bits, place, match.reading, match.list_name, match.entry_id


def _in_force(one: HashList) -> ListInForce:
    header = one.header
    return ListInForce(header.name, header.issuer, header.version, header.sha256, len(one.entries))
