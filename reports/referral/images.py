"""The image first: every sighting of a picture, over addresses and time, under its SHA-256.

- A picture has the strongest standing and the highest priority of its sightings.
- First and last seen reach back to what the scanner remembered, before these records.
- Whether it is still up is said only where these records can tell.
- A report is built on access; only its sort order is kept (`reports.referral.sort_order`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np

from matcher.fingerprint import Reading
from matcher.verdict import Match, Tier
from reports.bundle.lazy_sequence import LazySequence
from reports.bundle.record_check import OpenedRecord
from reports.record.model import Image, PageRecord, PictureRecord, VisitRecord
from reports.record.priority import Priority, PriorityReason, weighed
from reports.record.standing import Standing
from reports.referral.image_model import ImageReport, SightingReport, StillUp
from reports.referral.sort_order import DIGEST_BYTES, NO_PDQ, NO_TOTAL, Numbers, Sightings, ranked
from reports.referral.unchanged import SeenAgain
from reports.sighting import ClockReading

STRENGTH: Final = {standing: index for index, standing in enumerate(Standing)}
WEAKEST_FINDING: Final = sum(standing.finding for standing in Standing)
TIERS: Final = {tier: index for index, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class SightedPicture:
    """One picture of one page record, with its sighting."""

    picture: PictureRecord
    sighting: SightingReport


@dataclass(frozen=True, slots=True)
class LastReads:
    """When each page was last read, and so which sightings were the last on it."""

    pages: Mapping[str, datetime]

    @classmethod
    def of(cls, records: Iterable[PageRecord]) -> "LastReads":
        """Pages that could not be read are passed over."""
        pages: dict[str, datetime] = {}
        for record in records:
            if not record.page.cause:
                pages[record.page.url] = max(
                    record.page.fetched_from, pages.get(record.page.url, record.page.fetched_from)
                )
        return cls(pages)


@dataclass(frozen=True, slots=True)
class Images:
    """Every picture that the records describe, most urgent first, each built on access."""

    new: Sequence[ImageReport]
    updates: Sequence[ImageReport]
    others: Sequence[ImageReport]
    taken_back: Sequence[ImageReport]


def image_reports(
    records: Sequence[OpenedRecord],
    weights: Mapping[PriorityReason, int],
    back: Collection[tuple[str, bytes]] = frozenset(),
) -> Images:
    """Return one report for each picture, by standing; `back` are the findings that were withdrawn."""
    sightings = _sightings(records, weights, back)
    ranks, seen = ranked(sightings), _RecordSightings.of(records)

    def chosen(numbers: Numbers) -> Sequence[ImageReport]:
        return LazySequence(len(numbers), lambda number: _made(int(numbers[number])))

    def _made(rank: int) -> ImageReport:
        group = [seen.at(sightings.records[member], sightings.ordinals[member]) for member in ranks.members(rank)]
        report, cluster = _report(group, seen.last_reads, weights), int(ranks.cluster[rank])
        pictures, sites = ranks.together.get(cluster, (0, 0))
        return replace(report, cluster=cluster, cluster_pictures=pictures, cluster_sites=sites)

    findings = ranks.strength < WEAKEST_FINDING
    stands, before = ranks.taken_back == 0, ranks.referred_before == 1
    return Images(
        new=chosen(np.flatnonzero(stands & findings & ~before)),
        updates=chosen(np.flatnonzero(stands & findings & before)),
        others=chosen(np.flatnonzero(stands & ~findings)),
        taken_back=chosen(np.flatnonzero(~stands)),
    )


def _sightings(
    records: Sequence[OpenedRecord], weights: Mapping[PriorityReason, int], back: Collection[tuple[str, bytes]]
) -> Sightings:
    """Return the sort keys of every sighting of every record."""
    of, sites = Sightings(), dict[str, int]()
    for number, record in enumerate(records):
        if not isinstance(record.content, PageRecord):
            continue
        site = sites.setdefault(record.content.visit.address, len(sites))
        for ordinal, picture in enumerate(record.content.pictures):
            digest, plainest = picture.image.sha256, _plainest(picture.image)
            of.digests += digest
            of.pdqs += plainest.pdq if plainest else bytes(DIGEST_BYTES)
            of.plainness.append(min(NO_PDQ - 1, _plainness(plainest)) if plainest else NO_PDQ)
            of.strengths.append(STRENGTH[picture.standing])
            of.findings.append(picture.standing.finding)
            of.referred.append(picture.novelty.referred_before)
            of.back.append(picture.standing.finding and (record.record_id, digest) in back)
            of.totals.append(_total(picture.priority, weights))
            of.sites.append(site)
            of.records.append(number)
            of.ordinals.append(ordinal)
    return of


def _total(given: Priority | None, weights: Mapping[PriorityReason, int]) -> int:
    return NO_TOTAL if given is None else sum(weights[item.reason] for item in given.reasons)


@dataclass(frozen=True, slots=True)
class _RecordSightings:
    """Sightings, by record and ordinal, with what other records say of them."""

    records: Sequence[OpenedRecord]
    clocks: Mapping[str, ClockReading]
    again: SeenAgain
    last_reads: LastReads

    @classmethod
    def of(cls, records: Sequence[OpenedRecord]) -> "_RecordSightings":
        pages = (record.content for record in records if isinstance(record.content, PageRecord))
        return cls(records, _clocks(records), SeenAgain.of(records), LastReads.of(pages))

    def at(self, number: int, ordinal: int) -> SightedPicture:
        record = self.records[number]
        if not isinstance(record.content, PageRecord):
            msg = "only a page's record has pictures"
            raise TypeError(msg)
        picture = record.content.pictures[ordinal]
        later = self.again.of_place(record, picture.place)
        return SightedPicture(picture, _sighting(record, record.content, picture, self.clocks, later))


def _clocks(records: Iterable[OpenedRecord]) -> Mapping[str, ClockReading]:
    ends = [record.content for record in records if isinstance(record.content, VisitRecord)]
    return {end.visit.visit_id: end.end.clock for end in ends}


def _sighting(
    record: OpenedRecord,
    content: PageRecord,
    picture: PictureRecord,
    clocks: Mapping[str, ClockReading],
    seen_again: Sequence[datetime],
) -> SightingReport:
    known = content.counts.standing.get(Standing.KNOWN, 0)
    return SightingReport(
        standing=picture.standing,
        address=content.visit.address,
        visit_id=content.visit.visit_id,
        record_id=record.record_id,
        place=picture.place,
        redirects=picture.redirects,
        fetched_from=picture.fetched_from,
        fetched_until=picture.fetched_until,
        clock=clocks.get(content.visit.visit_id),
        declared_type=picture.declared_type,
        complete=picture.complete,
        page_body_sha256=content.page.body_sha256,
        novelty=picture.novelty,
        known_beside=known - (picture.standing is Standing.KNOWN),
        last_seen=max([picture.fetched_from, *seen_again]),
        seen_unchanged=len(seen_again),
        fetches=picture.fetches,
    )


def _report(
    group: Sequence[SightedPicture], last_reads: LastReads, weights: Mapping[PriorityReason, int]
) -> ImageReport:
    strongest = min(group, key=lambda seen: STRENGTH[seen.picture.standing]).picture
    matches = _matches(seen.picture for seen in group)
    sightings = tuple(seen.sighting for seen in group)
    first = min(sighting.novelty.first_seen or sighting.fetched_from for sighting in sightings)
    return ImageReport(
        image=_image(group),
        standing=strongest.standing,
        reason=strongest.reason,
        tier=matches[0].tier if matches else None,
        matches=matches,
        priority=_priority(group, weights),
        cluster=0,
        never_seen_before=any(not sighting.novelty.picture_seen_before for sighting in sightings),
        referred_before=all(sighting.novelty.referred_before for sighting in sightings),
        first_seen=first,
        last_seen=max(sighting.last_seen for sighting in sightings),
        times_seen=_times_seen(sightings),
        still_up=_still_up(sightings, last_reads),
        addresses=tuple(dict.fromkeys(sighting.address for sighting in sightings)),
        sightings=sightings,
    )


def _image(group: Iterable[SightedPicture]) -> Image:
    """Return the picture's own facts, with every reading that any of its records kept."""
    images = [seen.picture.image for seen in group]
    readings = dict.fromkeys(reading for image in images for reading in image.readings)
    return replace(images[0], readings=tuple(readings))


def _matches(pictures: Iterable[PictureRecord]) -> tuple[Match, ...]:
    """Return every match once, surest first."""
    every = dict.fromkeys(match for picture in pictures for match in picture.matches)
    return tuple(sorted(every, key=lambda match: (TIERS[match.tier], match.distance_bits)))


def _priority(group: Iterable[SightedPicture], weights: Mapping[PriorityReason, int]) -> Priority | None:
    given = [seen.picture.priority for seen in group if seen.picture.priority is not None]
    again = [weighed(tuple(item.reason for item in one.reasons), weights) for one in given]
    return max(again, key=lambda one: one.total, default=None)


def _times_seen(sightings: Iterable[SightingReport]) -> int:
    """Return the scanner's own count for each place, plus the sightings here."""
    times: dict[str, int] = {}
    for sighting in sightings:
        place = sighting.place.url or sighting.place.page_url
        times[place] = times.get(place, sighting.novelty.times_seen) + 1 + sighting.seen_unchanged
    return sum(times.values())


def _still_up(sightings: Iterable[SightingReport], last_reads: LastReads) -> StillUp:
    known_only = True
    for sighting in sightings:
        if sighting.last_seen >= last_reads.pages.get(sighting.place.page_url, sighting.last_seen):
            return StillUp.YES
        known_only &= sighting.standing is Standing.KNOWN
    return StillUp.NO if known_only else StillUp.NOT_KNOWN


def _plainest(image: Image) -> Reading | None:
    """Return the reading that changes the picture least; None if there is none."""
    return min(image.readings, key=_plainness, default=None)


def _plainness(reading: Reading) -> int:
    """Return a reading's distance from the plain one: its number of changes, doubled, plus one if any."""
    return 2 * reading.name.count("/") + (reading.name != "plain")
