"""Hits: the entries that a picture's digests equal, or that one of its readings lies near. Facts, not yet a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from matcher.fingerprint import Digests, Reading
from matcher.hash_lists.entry import MAX_THRESHOLD_BITS
from matcher.index.segment import DIGESTS
from matcher.matching.entry_index import EntryIndex, IndexedEntry
from matcher.verdict import Match, Tier

QUALITY_FLOOR = 50
"""PDQ's authors advise against matching below it (of 100)."""

PHASH_AGREES_BITS = 51
"""The 256-bit pHash agrees when it lies this near. Unrelated pictures lie about 128 bits apart."""


@dataclass(frozen=True, slots=True)
class Equal:
    """An entry of which a digest equals the picture's; `algorithm` is the strongest that the entry carries.

    `forged_twin` says that a weaker digest is equal and this one is not.
    """

    entry: IndexedEntry
    algorithm: str
    forged_twin: bool

    def match(self) -> Match:
        """What is said of it when it is a match."""
        return _match(self.entry, self.algorithm, Tier.EXACT, "bytes")


@dataclass(frozen=True, slots=True)
class Near:
    """An entry that one reading lies near, by `algorithm`, whose measure `distance` and `threshold` are in.

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
        """Whether the reading shows enough for its hash to mean anything."""
        return usable(self.reading)

    def match(self) -> Match:
        """What is said of it when it is a match."""
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
class NamedBy:
    """An entry that an identifier on a page names, by the column of the list that equals it."""

    entry: IndexedEntry
    column: str

    def match(self) -> Match:
        """What is said of it when it is a match."""
        return _match(self.entry, self.column, Tier.EXACT, "identifier")


def usable(reading: Reading) -> bool:
    """Whether a reading's quality reaches the floor."""
    return reading.quality >= QUALITY_FLOOR


def equal(register: EntryIndex, digests: Digests) -> Iterator[Equal]:
    """Every entry with a digest that equals one of the picture's."""
    for entry in register.with_any_digest(digests):
        strongest = next(name for name in DIGESTS if entry.hash(name) is not None)
        yield Equal(entry, strongest, forged_twin=entry.hash(strongest) != getattr(digests, strongest))


def near(register: EntryIndex, readings: Sequence[Reading], slack_bits: int = 0) -> Iterator[Near]:
    """Every reading and entry that lie in some tier of each other, all bounds widened by `slack_bits`."""
    by_pdq = register.near([one.pdq for one in readings], slack_bits)
    by_phash = register.near_by_phash([one.phash for one in readings], PHASH_AGREES_BITS + slack_bits)
    found = {(place, entry.key): entry for place, entry in chain(by_pdq, by_phash)}
    for (place, _), entry in found.items():
        reading, pdq = readings[place], entry.hash("pdq")
        if pdq is not None:
            pdq_bits, phash_bits = _bits(pdq, reading.pdq), _phash_bits(entry, reading)
            tier = _tier(entry, pdq_bits - slack_bits, None if phash_bits is None else phash_bits - slack_bits)
            if tier is not None:
                yield Near(entry, reading, tier, "pdq", pdq_bits, entry.header.pdq_threshold_bits, phash_bits)
    yield from _near_by_photodna(register, readings)


def _near_by_photodna(register: EntryIndex, readings: Sequence[Reading]) -> Iterator[Near]:
    """What the licensed plug-in finds, if there is one."""
    for reading in readings:
        for entry, distance in register.near_by_photodna(reading.photodna):
            threshold = register.licensed.threshold if register.licensed else 0
            yield Near(entry, reading, Tier.NEAR, "photodna", distance, threshold, _phash_bits(entry, reading))


def _tier(entry: IndexedEntry, pdq_bits: int, phash_bits: int | None) -> Tier | None:
    """The tier of a reading at these distances; None where it is not near enough to mean anything."""
    confirmed = phash_bits is not None and phash_bits <= PHASH_AGREES_BITS
    if pdq_bits <= entry.header.pdq_threshold_bits:
        return Tier.NEAR_CONFIRMED if confirmed else Tier.NEAR
    return Tier.WIDE if confirmed and pdq_bits <= MAX_THRESHOLD_BITS else None


def _phash_bits(entry: IndexedEntry, reading: Reading) -> int | None:
    phash = entry.hash("phash")
    return None if phash is None else _bits(phash, reading.phash)


def _bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


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
    )
