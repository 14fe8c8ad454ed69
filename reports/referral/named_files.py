"""Files of peer-to-peer networks that pages name, and leads of pages with findings: their reports for a recipient.

- An identifier is its own kind of finding: the page names a file that a list knows. Nobody joined a network, nothing
  was fetched; whether the file is still shared, or ever was by this site, is unknown.
- Leads come only from pages with a finding. None of them was fetched.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from reports.bundle.record_check import OpenedRecord
from reports.record.model import IdentifierRecord, PageRecord
from reports.record.priority import Priority, PriorityReason, weighed
from reports.referral.annex_model import IdentifierReport, IdentifierSighting, LeadReport, Stands
from reports.referral.withdrawals import Withdrawals

Named = tuple[OpenedRecord, PageRecord, IdentifierRecord]


def identifier_reports(
    records: Iterable[OpenedRecord], weights: Mapping[PriorityReason, int], withdrawals: Withdrawals
) -> tuple[IdentifierReport, ...]:
    """Return one report for each identifier, most urgent first; withdrawn ones come last."""
    named = sorted(_named(records), key=lambda item: (item[2].kind, item[2].value))
    groups = groupby(named, key=lambda item: (item[2].kind, item[2].value))
    reports = [_report(list(group), weights, withdrawals) for _, group in groups]
    return tuple(sorted(reports, key=_urgency))


def lead_reports(records: Iterable[OpenedRecord]) -> tuple[LeadReport, ...]:
    """Return one report for each lead, those on the most pages first."""
    pages: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for record in records:
        if isinstance(record.content, PageRecord):
            for lead in record.content.leads:
                pages.setdefault((lead.kind, lead.value), []).append((record.content.page.url, record.record_id))
    reports = [
        LeadReport(kind, value, tuple(dict.fromkeys(url for url, _ in where)), tuple(name for _, name in where))
        for (kind, value), where in pages.items()
    ]
    return tuple(sorted(reports, key=lambda report: (-len(report.pages), report.kind, report.value)))


def _named(records: Iterable[OpenedRecord]) -> Iterator[Named]:
    for record in records:
        if isinstance(record.content, PageRecord):
            yield from ((record, record.content, identifier) for identifier in record.content.identifiers)


def _report(
    group: Sequence[Named], weights: Mapping[PriorityReason, int], withdrawals: Withdrawals
) -> IdentifierReport:
    sightings = tuple(_sighting(*item) for item in group)
    first = group[0][2]
    return IdentifierReport(
        kind=first.kind,
        value=first.value,
        stands=_stands(group, withdrawals),
        matches=tuple(dict.fromkeys(match for _, _, one in group for match in one.matches)),
        priority=_priority([one.priority for _, _, one in group], weights),
        first_seen=min(sighting.novelty.first_seen or sighting.fetched_from for sighting in sightings),
        last_seen=max(sighting.fetched_from for sighting in sightings),
        addresses=tuple(dict.fromkeys(sighting.address for sighting in sightings)),
        sightings=sightings,
    )


def _sighting(record: OpenedRecord, content: PageRecord, identifier: IdentifierRecord) -> IdentifierSighting:
    return IdentifierSighting(
        address=content.visit.address,
        visit_id=content.visit.visit_id,
        record_id=record.record_id,
        page_url=content.page.url,
        named_by=identifier.named_by,
        fetched_from=content.page.fetched_from,
        novelty=identifier.novelty,
    )


def _stands(group: Sequence[Named], withdrawals: Withdrawals) -> Stands:
    if not any(withdrawals.still_known(record.record_id, one.matches, page.policy) for record, page, one in group):
        return Stands.TAKEN_BACK
    return Stands.REFERRED_BEFORE if all(one.novelty.referred_before for _, _, one in group) else Stands.NEW


def _priority(given: Iterable[Priority], weights: Mapping[PriorityReason, int]) -> Priority:
    again = (weighed(tuple(item.reason for item in one.reasons), weights) for one in given)
    return max(again, key=lambda one: one.total)


def _urgency(report: IdentifierReport) -> tuple[bool, int, str, str]:
    return report.stands is Stands.TAKEN_BACK, -report.priority.total, report.kind, report.value.hex()
