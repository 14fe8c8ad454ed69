"""The history of each site: its newest visits with their causes, and nothing about findings.

Bounded: the newest `KEPT` of a site. Older ones are in the log.
"""

from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select

from reports.store.schema import past_visit, site
from reports.store.values import Claim, PastVisit, SiteKey, VisitCounts

KEPT: Final = 200
"""Visits of a site."""


def add(connection: Connection, claim: Claim, site_id: int, visit: PastVisit) -> None:
    """Write one visit; the oldest goes when there are too many."""
    counts = visit.counts
    values = {name: getattr(counts, name) for name in VisitCounts.__slots__}
    values |= {"ended": visit.ended, "outcome": visit.outcome, "failed": visit.failed, "down": visit.down}
    connection.execute(insert(past_visit).values(site_id=site_id, attempt=claim.attempt, **values))
    too_old = past_visit.c.attempt <= claim.attempt - KEPT
    connection.execute(delete(past_visit).where(past_visit.c.site_id == site_id, too_old))


def of_site(connection: Connection, key: SiteKey) -> tuple[PastVisit, ...]:
    """Return a site's visits, newest first."""
    query = (
        select(past_visit)
        .join(site)
        .where(site.c.list_id == key.list_id, site.c.address == key.address)
        .order_by(past_visit.c.attempt.desc())
    )
    return tuple(_visit(row) for row in connection.execute(query))


def _visit(row: Row[*tuple[Any, ...]]) -> PastVisit:
    counts = VisitCounts(*(getattr(row, name) for name in VisitCounts.__slots__))
    return PastVisit(row.attempt, row.ended, row.outcome, row.failed, row.down, counts)
