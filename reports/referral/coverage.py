"""What was checked and how it ended, site by site; and what these records cannot say, counted. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from matcher.fingerprint import NOT_EXAMINED
from matcher.verdict import ListInForce
from reports.bundle.record_check import OpenedRecord
from reports.record.model import Counts, PageRecord, VisitRecord
from reports.referral.site_model import Coverage, CoverageGaps, PageReport, SiteReport, VisitReport
from reports.safe_text import defanged
from reports.sighting import Gating, Mandate, Visit


def mandates(records: Iterable[OpenedRecord]) -> tuple[Mandate, ...]:
    """Return every mandate that the records were made under, each once."""
    return tuple(dict.fromkeys(record.content.visit.mandate for record in records))


def site_reports(records: Sequence[OpenedRecord], authority: Sequence[Mandate]) -> tuple[SiteReport, ...]:
    """Return one report for each onion service under each mandate, in the order of their first record."""
    names = {record.leaf_index: record.record_id for record in records}
    groups: dict[tuple[str, Mandate], list[OpenedRecord]] = {}
    for record in records:
        visit = record.content.visit
        groups.setdefault((visit.address, visit.mandate), []).append(record)
    return tuple(_site(group, names, authority.index(mandate)) for (_, mandate), group in groups.items())


def _site(group: Sequence[OpenedRecord], names: Mapping[int, str], mandate: int) -> SiteReport:
    visit = group[-1].content.visit
    pages = tuple(_page(record, record.content, names) for record in group if isinstance(record.content, PageRecord))
    return SiteReport(
        address=visit.address,
        mandate=mandate,
        scope=visit.scope,
        reason=visit.reason,
        findings=len({digest for record in group for digest in _findings(record)}),
        visits=_visits(group),
        pages=pages,
    )


def _findings(record: OpenedRecord) -> Iterable[bytes]:
    if isinstance(record.content, PageRecord):
        yield from (picture.image.sha256 for picture in record.content.pictures if picture.standing.finding)
        yield from (identifier.value for identifier in record.content.identifiers)


def _page(record: OpenedRecord, content: PageRecord, names: Mapping[int, str]) -> PageReport:
    return PageReport(
        visit_id=content.visit.visit_id,
        record_id=record.record_id,
        page=content.page,
        counts=content.counts,
        failed=content.failed,
        not_fetched=content.not_fetched,
        unchanged=content.unchanged is not None,
        described_in=names.get(content.unchanged.record_leaf, "") if content.unchanged else "",
        fetches=content.fetches,
    )


def _visits(group: Iterable[OpenedRecord]) -> tuple[VisitReport, ...]:
    visits: dict[str, Visit] = {}
    ends: dict[str, VisitRecord] = {}
    for record in group:
        visits.setdefault(record.content.visit.visit_id, record.content.visit)
        if isinstance(record.content, VisitRecord):
            ends[record.content.visit.visit_id] = record.content
    return tuple(_visit(visit, ends.get(visit.visit_id)) for visit in visits.values())


def _visit(visit: Visit, ended: VisitRecord | None) -> VisitReport:
    end = ended.end if ended else None
    return VisitReport(
        visit_id=visit.visit_id,
        started=visit.started,
        ended=end.ended if end else None,
        outcome=end.outcome if end else "",
        pages_read=end.pages_read if end else 0,
        pages_failed=end.pages_failed if end else 0,
        pages_left=end.pages_left if end else 0,
        links_left=end.links_left if end else {},
        spent=end.spent if end else "",
        received_bytes=end.received_bytes if end else 0,
        robots=end.robots if end else None,
        continues=end.continues if end else (),
        tor_version=end.tor_version if end else "",
        tor_healthy=end.tor_healthy if end else None,
        clock=end.clock if end else None,
        gate=visit.gate,
        evidence=end.evidence if end else None,
        confinement_absent=end.confinement_absent if end else (),
    )


def coverage(sites: Sequence[SiteReport], lists: Iterable[ListInForce]) -> Coverage:
    """Totals over all sites. Pages are counted from their own records, so that none is counted twice."""
    pages = [page for site in sites for page in site.pages]
    failed = sum(1 for page in pages if page.page.cause)
    return Coverage(
        sites=len({site.address for site in sites}),
        visits=sum(len(site.visits) for site in sites),
        pages_read=len(pages) - failed,
        pages_failed=failed,
        counts=total(page.counts for page in pages),
        lists=tuple(dict.fromkeys(lists)),
    )


def total(every: Iterable[Counts]) -> Counts:
    """Return the sum of these counts."""
    counts = list(every)
    return Counts(
        pictures=sum(count.pictures for count in counts),
        matched=sum(count.matched for count in counts),
        no_match=sum(count.no_match for count in counts),
        undecided=_sum(count.undecided for count in counts),
        failed=_sum(count.failed for count in counts),
        not_fetched=_sum(count.not_fetched for count in counts),
        standing=_sum(count.standing for count in counts),
        unchanged=sum(count.unchanged for count in counts),
    )


def _sum(every: Iterable[Mapping[str, int]]) -> Counter[str]:
    summed: Counter[str] = Counter()
    for counts in every:
        summed.update(counts)
    return summed


def limits(sites: Sequence[SiteReport]) -> CoverageGaps:
    """Return what could not be seen or decided."""
    pages = [page for site in sites for page in site.pages]
    visits = [visit for site in sites for visit in site.visits]
    continued = {name for visit in visits for name in visit.continues}
    counts = total(page.counts for page in pages)
    hosts = Counter(_host(seen.place.url) for page in pages for seen in page.not_fetched)
    return CoverageGaps(
        pages_failed=Counter(page.page.cause for page in pages if page.page.cause),
        page_notes=Counter(note for page in pages for note in page.page.notes),
        pages_left=sum(visit.pages_left for visit in visits),
        links_left=_sum(visit.links_left for visit in visits),
        pages_incomplete=sum(1 for page in pages if not page.page.cause and not page.page.complete),
        pages_described_elsewhere=sum(1 for page in pages if page.unchanged and not page.described_in),
        undecided=counts.undecided,
        pictures_failed=counts.failed,
        pictures_not_fetched=counts.not_fetched,
        hosts_not_fetched=hosts,
        visits_without_end=sum(1 for visit in visits if visit.ended is None and visit.visit_id not in continued),
        visits_without_gate=sum(1 for visit in visits if visit.gate is not Gating.INSIDE_TOR),
    )


def _host(untrusted_url: str) -> str:
    """Return the host that a picture was not fetched from; empty if its address is malformed."""
    try:
        return urlsplit(untrusted_url).hostname or ""
    except ValueError:
        return ""


def outcomes(counts: Counts) -> list[tuple[str, int]]:
    """Return one row for each way in which a picture ended; together they cover all that were seen."""
    reasons = (("undecided", counts.undecided), ("fetch failed", counts.failed), ("not fetched", counts.not_fetched))
    rows = [("matched", counts.matched), ("no match", counts.no_match)]
    rows += [("as an earlier record describes them", counts.unchanged)] if counts.unchanged else []
    rows += [(_ending(name, reason), count) for name, kind in reasons for reason, count in sorted(kind.items())]
    return [*rows, ("together", counts.pictures)]


def _ending(name: str, reason: str) -> str:
    """Return the reason alone if it names the kind of a file that was not examined."""
    return reason if reason.startswith(NOT_EXAMINED) else f"{name}: {reason}"


def limit_rows(found: CoverageGaps) -> list[tuple[str, int]]:
    """Return one row for each limit that was met; the hosts are defanged."""
    hosts = {defanged(f"http://{host}"): count for host, count in found.hosts_not_fetched.items()}
    rows = [
        *_counted("page not read", found.pages_failed),
        *_counted("page with", found.page_notes),
        ("pages left for want of budget", found.pages_left),
        *_counted("link not followed", found.links_left),
        ("pages read but not proven whole", found.pages_incomplete),
        ("pages unchanged since a record that is not here", found.pages_described_elsewhere),
        *_counted("picture undecided", found.undecided),
        *_counted("picture's fetch failed", found.pictures_failed),
        *_counted("picture not fetched", found.pictures_not_fetched),
        *_counted("picture on a host that was not asked", hosts),
        ("visits whose end is not in this referral", found.visits_without_end),
        ("visits through a tor that did not itself refuse what is not listed", found.visits_without_gate),
    ]
    return [row for row in rows if row[1]]


def _counted(what: str, counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(f"{what}: {reason}", count) for reason, count in sorted(counts.items())]
