"""The image first: every sighting of a picture, over addresses and time, under its SHA-256.

- A picture stands as the strongest of its sightings does, and has the highest of their priorities.
- First and last seen reach back to what the scanner remembered, before these records.
- Whether it is still up is said only where these records can tell.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from matcher.verdict import Match, Tier
from reports.clusters import clusters
from reports.evidence import OpenedRecord
from reports.priority import Priority, Reason, weighed
from reports.record_form import Image, PageRecord, PictureRecord, VisitRecord
from reports.referral_form import ImageReport, SightingReport, StillUp
from reports.sighting import ClockReading
from reports.standing import Standing
from reports.unchanged import SeenAgain

STRENGTH: Final = {standing: index for index, standing in enumerate(Standing)}
TIERS: Final = {tier: index for index, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Seen:
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


def image_reports(records: Sequence[OpenedRecord], weights: Mapping[Reason, int]) -> tuple[ImageReport, ...]:
    """One report for each picture that the records describe, most urgent first."""
    pages = [record for record in records if isinstance(record.content, PageRecord)]
    last_reads = LastReads.of(record.content for record in pages if isinstance(record.content, PageRecord))
    by_digest: dict[bytes, list[Seen]] = {}
    for seen in _all_seen(records, _clocks(records)):
        by_digest.setdefault(seen.picture.image.sha256, []).append(seen)
    reports = [_report(group, last_reads, weights) for group in by_digest.values()]
    return _together(sorted(_clustered(reports), key=urgency))


def _together(reports: Sequence[ImageReport]) -> tuple[ImageReport, ...]:
    """Near-duplicates one after the other, where the most urgent of them stands: they are one look, not many."""
    members: dict[int, list[ImageReport]] = {}
    for report in reports:
        members.setdefault(report.cluster, []).append(report)
    alone = members.pop(0, [])
    firsts = {group[0].image.sha256: group for group in members.values()}
    leading = sorted([*alone, *(group[0] for group in firsts.values())], key=urgency)
    return tuple(one for report in leading for one in firsts.get(report.image.sha256, [report]))


def urgency(report: ImageReport) -> tuple[int, int, str]:
    """Sorts the most urgent first; the digest makes the order the same each time."""
    total = report.priority.total if report.priority else 0
    return -total, STRENGTH[report.standing], report.image.sha256.hex()


def _clocks(records: Iterable[OpenedRecord]) -> Mapping[str, ClockReading]:
    ends = [record.content for record in records if isinstance(record.content, VisitRecord)]
    return {end.visit.visit_id: end.end.clock for end in ends}


def _all_seen(records: Sequence[OpenedRecord], clocks: Mapping[str, ClockReading]) -> Iterator[Seen]:
    again = SeenAgain.of(records)
    for record in records:
        if isinstance(record.content, PageRecord):
            for picture in record.content.pictures:
                later = again.of_place(record, picture.place)
                yield Seen(picture, _sighting(record, record.content, picture, clocks, later))


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


def _report(group: Sequence[Seen], last_reads: LastReads, weights: Mapping[Reason, int]) -> ImageReport:
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


def _image(group: Iterable[Seen]) -> Image:
    """The picture's own facts, with every reading that any of its records kept."""
    images = [seen.picture.image for seen in group]
    readings = dict.fromkeys(reading for image in images for reading in image.readings)
    return replace(images[0], readings=tuple(readings))


def _matches(pictures: Iterable[PictureRecord]) -> tuple[Match, ...]:
    """Every match once, surest first."""
    every = dict.fromkeys(match for picture in pictures for match in picture.matches)
    return tuple(sorted(every, key=lambda match: (TIERS[match.tier], match.distance_bits)))


def _priority(group: Iterable[Seen], weights: Mapping[Reason, int]) -> Priority | None:
    given = [seen.picture.priority for seen in group if seen.picture.priority is not None]
    again = [weighed(tuple(item.reason for item in one.reasons), weights) for one in given]
    return max(again, key=lambda one: one.total, default=None)


def _times_seen(sightings: Iterable[SightingReport]) -> int:
    """What the scanner remembered of each place, and the sightings here."""
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


def _clustered(reports: Sequence[ImageReport]) -> list[ImageReport]:
    numbers = clusters([_plainest(report.image) for report in reports])
    pictures = Counter(numbers)
    sites: dict[int, set[str]] = {}
    for report, number in zip(reports, numbers, strict=True):
        sites.setdefault(number, set()).update(report.addresses)
    return [
        replace(report, cluster=number, cluster_pictures=pictures[number], cluster_sites=len(sites[number]))
        if number
        else report
        for report, number in zip(reports, numbers, strict=True)
    ]


def _plainest(image: Image) -> bytes:
    """The PDQ of the reading that changes the picture least; empty when there is none."""
    readings = sorted(image.readings, key=lambda reading: (reading.name.count("/"), reading.name != "plain"))
    return readings[0].pdq if readings else b""
