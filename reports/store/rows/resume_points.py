"""The trails of visits that are under way or were cut: sealed entries, in order, erased when the visit ends."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from reports.store.prepared import PreparedStatement
from reports.store.schema import site, trail
from reports.store.values import Claim, SiteKey

KEPT_FOR: Final = timedelta(hours=24)
"""After this time a site is read from the start: half of its entries are gone or moved by then."""

_KEEP: Final = PreparedStatement(insert(trail), ("list_id", "address", "visit_id", "kept", "sealed"))


def keep(connection: Connection, claim: Claim, sealed: bytes, now: datetime) -> None:
    """Append one entry."""
    row = {"list_id": claim.key.list_id, "address": claim.key.address, "visit_id": claim.visit_id}
    _KEEP.run(connection, {**row, "kept": now, "sealed": sealed})


def of_site(connection: Connection, key: SiteKey, now: datetime) -> tuple[tuple[str, bytes], ...]:
    """Return the visit and the sealed bytes of each entry, oldest first; none if the newest is too old."""
    query = select(trail).where(_is(key)).order_by(trail.c.trail_id)
    rows = connection.execute(query).all()
    if not rows or rows[-1].kept + KEPT_FOR < now:
        return ()
    return tuple((row.visit_id, row.sealed) for row in rows)


def erase(connection: Connection, key: SiteKey) -> None:
    """Forget a site's trail."""
    connection.execute(delete(trail).where(_is(key)))


def erase_stale(connection: Connection, now: datetime) -> None:
    """Delete entries that are too old to resume from, and those of sites that left the lists."""
    connection.execute(delete(trail).where(trail.c.kept < now - KEPT_FOR))
    listed = select(site.c.site_id).where(
        site.c.list_id == trail.c.list_id, site.c.address == trail.c.address, site.c.retired.is_(False)
    )
    listed = listed.correlate(trail)
    connection.execute(delete(trail).where(~listed.exists()))


def _is(key: SiteKey) -> ColumnElement[bool]:
    return and_(trail.c.list_id == key.list_id, trail.c.address == key.address)
