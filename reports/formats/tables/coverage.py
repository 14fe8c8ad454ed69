"""Tables of coverage: sites, visits, pages, unexamined pictures, outcomes of pictures, lists, and limits."""

from collections.abc import Iterator
from itertools import chain

from config.clock import rfc3339
from reports.formats.tables.form import Cell, Table, host, table_of
from reports.referral.coverage import limit_rows, outcomes, total
from reports.referral.model import Referral
from reports.referral.site_model import SiteReport, VisitReport
from reports.safe_text import defanged


def sites(referral: Referral) -> Table:
    """Return one row for each onion service under each mandate. `mandate` is its row in the first table."""
    columns = (
        "address",
        "mandate",
        "scope",
        "listed_because",
        "findings",
        "visits",
        "pages_read",
        "pages_failed",
        "pictures",
        "matched",
        "no_match",
        "undecided",
        "fetch_failed",
        "not_fetched",
        "unchanged",
    )
    return table_of("Sites", columns, (tuple(_site(site)) for site in referral.sites))


def _site(site: SiteReport) -> Iterator[Cell]:
    counts = total(page.counts for page in site.pages)
    failed = sum(1 for page in site.pages if page.page.cause)
    yield from (host(site.address), site.mandate + 1, site.scope, site.reason, site.findings)
    yield from (len(site.visits), len(site.pages) - failed, failed)
    yield from (counts.pictures, counts.matched, counts.no_match)
    yield from (sum(of.values()) for of in (counts.undecided, counts.failed, counts.not_fetched))
    yield counts.unchanged


def visits(referral: Referral) -> Table:
    """Return one row for each visit."""
    columns = (
        "address",
        "visit",
        "started",
        "ended",
        "outcome",
        "pages_read",
        "pages_failed",
        "pages_left",
        "tor",
        "tor_well",
        "gate",
        "isolation_without",
    )
    rows = (tuple(_visit(site, visit)) for site in referral.sites for visit in site.visits)
    return table_of("Visits", columns, rows)


def _visit(site: SiteReport, visit: VisitReport) -> Iterator[Cell]:
    yield from (host(site.address), visit.visit_id, rfc3339(visit.started))
    yield rfc3339(visit.ended) if visit.ended else "not in this referral"
    yield from (visit.outcome, visit.pages_read, visit.pages_failed, visit.pages_left, visit.tor_version)
    yield "" if visit.tor_healthy is None else "yes" if visit.tor_healthy else "no"
    yield from (str(visit.gate), "; ".join(visit.confinement_absent))


def pages(referral: Referral) -> Table:
    """Return one row for each time that a page was requested."""
    columns = (
        "address",
        "page",
        "fetched_from",
        "status",
        "cause",
        "pictures",
        "matched",
        "remarks",
        "sha256",
        "record",
    )
    rows = (
        (
            host(site.address),
            defanged(page.page.url),
            rfc3339(page.page.fetched_from),
            page.page.status,
            page.page.cause,
            page.counts.pictures,
            page.counts.matched,
            "; ".join(page.page.notes),
            page.page.body_sha256,
            page.record_id,
        )
        for site in referral.sites
        for page in site.pages
    )
    return table_of("Pages", columns, rows)


def not_examined(referral: Referral) -> Table:
    """Return one row for each picture that was not fetched or whose fetch failed."""
    rows = (
        (host(site.address), defanged(place.url), defanged(place.page_url), str(place.relation), why, page.record_id)
        for site in referral.sites
        for page in site.pages
        for place, why in chain(
            ((item.place, str(item.reason)) for item in page.not_fetched),
            ((item.place, item.cause) for item in page.failed),
        )
    )
    columns = ("address", "picture", "page", "relation", "why", "record")
    return table_of("Not examined", columns, rows)


def ended(referral: Referral) -> Table:
    """Return how every picture ended; the last row is the sum of all others."""
    return table_of("Outcomes", ("outcome", "pictures"), outcomes(referral.coverage.counts))


def lists(referral: Referral) -> Table:
    """Return one row for each hash list that was checked."""
    columns = ("issuer", "list", "version", "entries", "sha256")
    rows = (
        (entry_list.issuer, entry_list.name, entry_list.version, entry_list.entries, entry_list.sha256)
        for entry_list in referral.coverage.lists
    )
    return table_of("Lists checked", columns, rows)


def limits(referral: Referral) -> Table:
    """Return what the referral cannot say, with counts."""
    return table_of("Limits", ("what", "how_many"), limit_rows(referral.limits))
