"""Pages that later lists judged, joined with the records that describe them: such a finding has its place.

- A match is only ever added: earlier records stand, and amendments report what an issuer withdraws.
- A picture that the same entry matched before is not reported twice.
- If the earlier record is not among the opened ones, nothing is invented: its place in the log is named.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from matcher.fingerprint import Digests, Fingerprint
from matcher.verdict import Match, Outcome, Verdict
from reports.bundle.record_check import OpenedRecord, OpenedRejudgement
from reports.record.model import Counts, PageRecord, PictureRecord, RejudgedPage
from reports.record.priority import priority
from reports.record.standing import Standing, standings
from reports.referral.annex_model import RejudgementReport
from reports.referral.withdrawals import Withdrawals
from reports.sighting import Sighting

New = Mapping[bytes, Sequence[Match]]
"""The later editions' matches on one page, by the picture's SHA-256."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The records as they read with what was found later, and a report for each batch that was judged again."""

    records: tuple[OpenedRecord, ...]
    reports: tuple[RejudgementReport, ...]


def join(
    records: Sequence[OpenedRecord], rejudgements: Sequence[OpenedRejudgement], withdrawals: Withdrawals
) -> Joined:
    """Return every page record with the matches of all later editions, except for entries withdrawn since."""
    by_leaf: dict[int, dict[bytes, list[Match]]] = {}
    for rejudgement in rejudgements:
        back = withdrawals.by_record.get(rejudgement.record_id, frozenset())
        for page in rejudgement.content.pages:
            for picture in page.pictures:
                stand = [match for match in picture.matches if (match.list_issuer, match.entry_id) not in back]
                by_leaf.setdefault(page.record_leaf, {}).setdefault(picture.sha256, []).extend(stand)
    here = {record.leaf_index: record for record in records if isinstance(record.content, PageRecord)}
    changed = {leaf: _judged(here[leaf], new) for leaf, new in by_leaf.items() if leaf in here}
    told = tuple(changed.get(record.leaf_index, record) for record in records)
    return Joined(told, tuple(_report(rejudgement, here, changed) for rejudgement in rejudgements))


def _judged(record: OpenedRecord, new: New) -> OpenedRecord:
    page = record.content
    if not isinstance(page, PageRecord):
        return record
    verdicts = [_verdict(picture, new.get(picture.image.sha256, ())) for picture in page.pictures]
    if all(verdict.matches == picture.matches for verdict, picture in zip(verdicts, page.pictures, strict=True)):
        return record
    stand = standings(verdicts, page.policy.referred_tiers)
    known = stand.count(Standing.KNOWN)
    pictures = tuple(
        _picture(picture, verdict, standing, known)
        for picture, verdict, standing in zip(page.pictures, verdicts, stand, strict=True)
    )
    return replace(record, content=replace(page, pictures=pictures, counts=_counts(page, pictures)))


def _verdict(picture: PictureRecord, new: Iterable[Match]) -> Verdict:
    if picture.standing is Standing.WITHHELD:
        return Verdict(picture.outcome, picture.matches, picture.reason)
    known = {(match.list_issuer, match.entry_id) for match in picture.matches}
    later = {(match.list_issuer, match.entry_id): match for match in new}
    matches = (*picture.matches, *(match for entry, match in later.items() if entry not in known))
    return Verdict(Outcome.MATCHED, matches) if matches else Verdict(picture.outcome, (), picture.reason)


def _picture(picture: PictureRecord, verdict: Verdict, standing: Standing, known: int) -> PictureRecord:
    """Return a picture with its new matches; with another standing it is new to its recipient."""
    if (standing, verdict.matches) == (picture.standing, picture.matches):
        return picture
    novelty = replace(picture.novelty, referred_before=picture.novelty.referred_before and picture.standing.finding)
    weight = priority(_sighting(picture, verdict), standing, novelty, known) if standing.finding else None
    return replace(
        picture,
        standing=standing,
        outcome=verdict.outcome,
        reason=verdict.reason,
        matches=verdict.matches,
        novelty=novelty,
        priority=weight,
    )


def _sighting(picture: PictureRecord, verdict: Verdict) -> Sighting:
    image = picture.image
    return Sighting(
        place=picture.place,
        redirects=picture.redirects,
        fetched_from=picture.fetched_from,
        fetched_until=picture.fetched_until,
        declared_type=picture.declared_type,
        complete=picture.complete,
        fingerprint=Fingerprint(
            digests=Digests(image.md5, image.sha1, image.sha256),
            size_bytes=image.size_bytes,
            media_type=image.media_type,
            width=image.width,
            height=image.height,
            readings=image.readings,
            undecided=picture.reason,
            scaled=image.scaled,
        ),
        verdict=verdict,
    )


def _counts(page: PageRecord, now: Sequence[PictureRecord]) -> Counts:
    """Return the page's counts with those pictures moved whose outcome or standing changed."""
    undecided, standing = Counter(page.counts.undecided), Counter(page.counts.standing)
    outcomes: Counter[Outcome] = Counter()
    for before, after in zip(page.pictures, now, strict=True):
        outcomes[before.outcome] -= 1
        outcomes[after.outcome] += 1
        standing[before.standing] -= 1
        standing[after.standing] += 1
        if before.reason is not None and after.reason is None:
            undecided[before.reason] -= 1
    return replace(
        page.counts,
        matched=page.counts.matched + outcomes[Outcome.MATCHED],
        no_match=page.counts.no_match + outcomes[Outcome.NO_MATCH],
        undecided=+undecided,
        standing=+standing,
    )


def _report(
    one: OpenedRejudgement, here: Mapping[int, OpenedRecord], changed: Mapping[int, OpenedRecord]
) -> RejudgementReport:
    leaves = [page.record_leaf for page in one.content.pages]
    return RejudgementReport(
        record_id=one.record_id,
        judged=one.content.judged,
        lists_before=one.content.lists_before,
        lists=one.content.lists,
        pages_judged=one.content.pages_judged,
        pictures_judged=one.content.pictures_judged,
        pictures_open=one.content.pictures_open,
        joined=tuple(here[leaf].record_id for leaf in leaves if leaf in changed),
        elsewhere=tuple(page.record_leaf for page in one.content.pages if not _all_here(page, here)),
    )


def _all_here(page: RejudgedPage, here: Mapping[int, OpenedRecord]) -> bool:
    """Return True if each picture is described here: one meant for other recipients alone is described nowhere."""
    record = here.get(page.record_leaf)
    if record is None or not isinstance(record.content, PageRecord):
        return False
    return {picture.sha256 for picture in page.pictures} <= {
        picture.image.sha256 for picture in record.content.pictures
    }
