"""Candidates: entries whose digest equals the picture's, or that one of its readings lies near. Not yet a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from matcher.fingerprint import Digests, Reading
from matcher.hash_lists.entry import MAX_THRESHOLD_BITS
from matcher.index.segment import DIGESTS
from matcher.matching.entry_index import EntryIndex, IndexedEntry
from matcher.picture.detail import QUALITY_FLOOR, rests_on_little
from matcher.verdict import Match, Tier

PHASH_AGREES_BITS = 51
"""The 256-bit pHash agrees up to this distance. Unrelated pictures lie about 128 bits apart."""
PURE_AGREES_BITS = 8
"""The 31 pHash bits of pure rows and columns, which PDQ leaves out, agree up to this distance.

They are the part of pHash that is independent of PDQ: half of the pairs that PDQ confuses differ in more bits.
"""
_PURE_BITS: int = sum(1 << (255 - place) for place in {*range(16), *range(0, 256, 16)})
"""The first row and the first column of the 16 x 16 bits."""


@dataclass(frozen=True, slots=True)
class EqualCandidate:
    """An entry with a digest that equals the picture's; `algorithm` is the strongest digest that the entry carries.

    `forged_twin` is True if only a weaker digest is equal and the strongest differs.
    """

    entry: IndexedEntry
    algorithm: str
    forged_twin: bool

    def match(self) -> Match:
        """Return this candidate as a match."""
        return _match(self.entry, self.algorithm, Tier.EXACT, "bytes")


@dataclass(frozen=True, slots=True)
class NearCandidate:
    """An entry near one reading. `distance` and `threshold` are in the measure of `algorithm`.

    `phash_bits` is None when the entry carries no pHash.
    """

    entry: IndexedEntry
    reading: Reading
    tier: Tier
    algorithm: str
    distance: int
    threshold: int
    phash_bits: int | None

    @property
    def usable(self) -> bool:
        """True if the distance means something: the reading, its hash and the entry's show enough detail."""
        if self.algorithm != "pdq":
            return is_usable(self.reading)
        pdqs = (self.reading.pdq, self.entry.hash("pdq") or b"")
        return is_usable(self.reading) and not any(rests_on_little(pdq) for pdq in pdqs)

    def match(self) -> Match:
        """Return this candidate as a match."""
        return _match(
            self.entry,
            self.algorithm,
            self.tier,
            self.reading.name,
            distance_bits=self.distance,
            threshold_bits=self.threshold,
            phash_distance_bits=self.phash_bits,
            quality=self.reading.quality,
        )


@dataclass(frozen=True, slots=True)
class NamedCandidate:
    """An entry that an identifier on a page names, by the column of the list that equals it."""

    entry: IndexedEntry
    column: str

    def match(self) -> Match:
        """Return this candidate as a match."""
        return _match(self.entry, self.column, Tier.EXACT, "identifier")


def is_usable(reading: Reading) -> bool:
    """Return True if a reading's quality reaches the floor: below it the hash means nothing."""
    return reading.quality >= QUALITY_FLOOR


def equal_candidates(index: EntryIndex, digests: Digests) -> Iterator[EqualCandidate]:
    """Yield every entry with a digest that equals one of the picture's."""
    for entry in index.with_any_digest(digests):
        strongest = next(name for name in DIGESTS if entry.hash(name) is not None)
        yield EqualCandidate(entry, strongest, forged_twin=entry.hash(strongest) != getattr(digests, strongest))


def near_candidates(index: EntryIndex, readings: Sequence[Reading], slack_bits: int = 0) -> Iterator[NearCandidate]:
    """Yield every pair of reading and entry that falls into a tier, all bounds widened by `slack_bits`."""
    by_pdq = index.near([reading.pdq for reading in readings], slack_bits)
    by_phash = index.near_by_phash([reading.phash for reading in readings], PHASH_AGREES_BITS + slack_bits)
    found = {(position, entry.key): entry for position, entry in chain(by_pdq, by_phash)}
    for (position, _), entry in found.items():
        reading, pdq = readings[position], entry.hash("pdq")
        if pdq is not None:
            pdq_bits, phash_bits = _bits(pdq, reading.pdq), _phash_bits(entry, reading)
            agrees = phash_bits is not None and phash_bits - slack_bits <= PHASH_AGREES_BITS
            tier = _tier(entry, pdq_bits - slack_bits, agrees=agrees, pure=agrees and _pure_agrees(entry, reading))
            if tier is not None:
                yield NearCandidate(entry, reading, tier, "pdq", pdq_bits, entry.header.pdq_threshold_bits, phash_bits)
    yield from _near_by_photodna(index, readings)


def _near_by_photodna(index: EntryIndex, readings: Sequence[Reading]) -> Iterator[NearCandidate]:
    """Yield the licensed plug-in's finds, if one is installed."""
    for reading in readings:
        for entry, distance in index.near_by_photodna(reading.photodna):
            threshold = index.licensed.threshold if index.licensed else 0
            yield NearCandidate(entry, reading, Tier.NEAR, "photodna", distance, threshold, _phash_bits(entry, reading))


def _tier(entry: IndexedEntry, pdq_bits: int, *, agrees: bool, pure: bool) -> Tier | None:
    """Return the tier of a reading whose pHash `agrees` or not; None beyond every tier."""
    if pdq_bits <= entry.header.pdq_threshold_bits:
        return Tier.NEAR_CONFIRMED if pure else Tier.NEAR
    return Tier.WIDE if agrees and pdq_bits <= MAX_THRESHOLD_BITS else None


def _pure_agrees(entry: IndexedEntry, reading: Reading) -> bool:
    """Return True if the pHash bits that PDQ leaves out agree."""
    differing = int.from_bytes(entry.hash("phash") or b"") ^ int.from_bytes(reading.phash)
    return (differing & _PURE_BITS).bit_count() <= PURE_AGREES_BITS


def _phash_bits(entry: IndexedEntry, reading: Reading) -> int | None:
    phash = entry.hash("phash")
    return None if phash is None else _bits(phash, reading.phash)


def _bits(code: bytes, other: bytes) -> int:
    return (int.from_bytes(code) ^ int.from_bytes(other)).bit_count()


def _match(  # noqa: PLR0913 - the fields of a match
    entry: IndexedEntry,
    algorithm: str,
    tier: Tier,
    reading: str,
    *,
    distance_bits: int = 0,
    threshold_bits: int = 0,
    phash_distance_bits: int | None = None,
    quality: int = 0,
) -> Match:
    return Match(
        list_name=entry.header.name,
        list_issuer=entry.header.issuer,
        list_version=entry.header.version,
        entry_id=entry.entry_id,
        algorithm=algorithm,
        tier=tier,
        distance_bits=distance_bits,
        threshold_bits=threshold_bits,
        phash_distance_bits=phash_distance_bits,
        reading=reading,
        quality=quality,
        category=entry.category,
        category_scheme=entry.header.category_scheme,
        attributes=entry.attributes,
        list_kind=entry.header.kind,
    )
