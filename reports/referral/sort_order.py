"""The order of pictures without their reports: some hundred bytes each say which are the same, and what comes first.

Everything is by the sighting's number, in the order of adding; a picture is all sightings of one digest.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from reports.referral.clusters import clusters

DIGEST_BYTES: Final = 32
NO_TOTAL: Final = -(2**62)
"""The total of a sighting without a priority."""
NO_PDQ: Final = 255
"""The rank of a sighting without a reading."""

Numbers = NDArray[np.int64]


@dataclass(slots=True)
class Sightings:
    """The sort keys of each sighting. Strength 0 is the strongest standing, plainness 0 the plainest reading's PDQ."""

    digests: bytearray = field(default_factory=bytearray)
    pdqs: bytearray = field(default_factory=bytearray)
    plainness: bytearray = field(default_factory=bytearray)
    strengths: bytearray = field(default_factory=bytearray)
    findings: bytearray = field(default_factory=bytearray)
    referred: bytearray = field(default_factory=bytearray)
    back: bytearray = field(default_factory=bytearray)
    """Whether it is a finding that was taken back."""
    totals: "array[int]" = field(default_factory=lambda: array("q"))
    sites: "array[int]" = field(default_factory=lambda: array("q"))
    records: "array[int]" = field(default_factory=lambda: array("q"))
    ordinals: "array[int]" = field(default_factory=lambda: array("q"))


@dataclass(frozen=True, slots=True)
class Ranked:
    """Every picture, most urgent first, near-duplicates together. All by rank but `members`.

    `members` are the sightings of each; `cluster` its number, 0 for a lone one; `together` how many pictures its
    cluster has, and on how many sites.
    """

    order: Numbers
    starts: Numbers
    ends: Numbers
    strength: Numbers
    referred_before: Numbers
    taken_back: Numbers
    cluster: Numbers
    together: dict[int, tuple[int, int]]

    def members(self, rank: int) -> list[int]:
        """Return the sightings of one picture, in the order of adding."""
        found: list[int] = self.order[self.starts[rank] : self.ends[rank]].tolist()
        return found


def ranked(of: Sightings) -> Ranked:
    """Group the sightings by digest, join near-duplicates, and sort by urgency."""
    order, starts, ends = _grouped(of)
    total = _each(np.maximum, _numbers(of.totals), order, starts)
    total = np.where(total == NO_TOTAL, 0, total)
    strength = _each(np.minimum, _bytes(of.strengths), order, starts)
    cluster = np.array(_clusters(of, order, starts), dtype=np.int64)
    first = _together(np.lexsort((np.arange(len(starts)), strength, -total)), cluster)
    found, back = _bytes(of.findings), _bytes(of.back)
    standing = _each(np.maximum, found & ~back & 1, order, starts)
    return Ranked(
        order=order,
        starts=starts[first],
        ends=ends[first],
        strength=strength[first],
        referred_before=_each(np.minimum, _bytes(of.referred), order, starts)[first],
        taken_back=(_each(np.maximum, found, order, starts) & (standing ^ 1))[first],
        cluster=cluster[first],
        together=_spread(of, order, starts, ends, cluster),
    )


def _grouped(of: Sightings) -> tuple[Numbers, Numbers, Numbers]:
    """Return the sightings by digest, and where each picture's begin and end among them."""
    words = np.frombuffer(of.digests, dtype=">u8").reshape(-1, DIGEST_BYTES // 8)
    order = np.lexsort((np.arange(len(words)), *(words[:, column] for column in range(3, -1, -1))))
    by_digest = words[order]
    differs = np.ones(len(words), dtype=bool)
    differs[1:] = (by_digest[1:] != by_digest[:-1]).any(axis=1)
    starts = np.flatnonzero(differs)
    return order, starts, np.append(starts[1:], len(words))[: len(starts)]


def _each(reduce: np.ufunc, values: Numbers, order: Numbers, starts: Numbers) -> Numbers:
    """Return one value for each picture from those of its sightings."""
    return reduce.reduceat(values[order], starts) if len(starts) else np.zeros(0, dtype=np.int64)


def _numbers(values: "array[int]") -> Numbers:
    return np.frombuffer(values, dtype=np.int64) if values else np.zeros(0, dtype=np.int64)


def _bytes(values: bytearray) -> Numbers:
    return np.frombuffer(values, dtype=np.uint8).astype(np.int64)


def _clusters(of: Sightings, order: Numbers, starts: Numbers) -> Sequence[int]:
    """Return the number of each picture's cluster, by the PDQ of its plainest reading; counted from the first."""
    place = np.arange(len(order))
    plainest = _each(np.minimum, _bytes(of.plainness)[order] * len(order) + place, place, starts) % max(1, len(order))
    sightings = order[plainest]
    came = np.argsort(order[starts], kind="stable") if len(starts) else starts
    numbers = np.zeros(len(starts), dtype=np.int64)
    numbers[came] = clusters([_pdq(of, int(sighting)) for sighting in sightings[came]])
    return numbers.tolist()


def _pdq(of: Sightings, sighting: int) -> bytes:
    if of.plainness[sighting] == NO_PDQ:
        return b""
    return bytes(of.pdqs[sighting * DIGEST_BYTES : (sighting + 1) * DIGEST_BYTES])


def _together(by_urgency: Numbers, cluster: Numbers) -> Numbers:
    """Sort a cluster's pictures together, at the place of its most urgent one: they are one look, not many."""
    members: dict[int, list[int]] = {}
    for picture in by_urgency[cluster[by_urgency] > 0].tolist():
        members.setdefault(int(cluster[picture]), []).append(picture)
    return np.fromiter(_in_turn(by_urgency.tolist(), cluster, members), dtype=np.int64, count=len(by_urgency))


def _in_turn(by_urgency: Sequence[int], cluster: Numbers, members: dict[int, list[int]]) -> Iterator[int]:
    for picture in by_urgency:
        number = int(cluster[picture])
        if not number:
            yield picture
        else:
            yield from members.pop(number, ())


def _spread(
    of: Sightings, order: Numbers, starts: Numbers, ends: Numbers, cluster: Numbers
) -> dict[int, tuple[int, int]]:
    """Return, for each cluster, how many pictures it has, and on how many sites they were seen together."""
    pictures: dict[int, int] = {}
    sites: dict[int, set[int]] = {}
    for picture in np.flatnonzero(cluster).tolist():
        number = int(cluster[picture])
        pictures[number] = pictures.get(number, 0) + 1
        sightings = order[starts[picture] : ends[picture]].tolist()
        sites.setdefault(number, set()).update(of.sites[sighting] for sighting in sightings)
    return {number: (count, len(sites[number])) for number, count in pictures.items()}
