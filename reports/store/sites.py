"""The schedule's rows: sites, the holds on their addresses, and the intents that wait for their conclusion."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, delete, func, insert, select, update

from reports.store.chunks import chunks
from reports.store.errors import StaleClaim
from reports.store.schema import hold, open_intent, site
from reports.store.values import Claim, Site, SiteKey


def set_sites(connection: Connection, wanted: Mapping[SiteKey, datetime]) -> None:
    """Add what is new, bring back what returns, retire what is gone; leave the rest as it is."""
    rows = connection.execute(select(site.c.site_id, site.c.list_id, site.c.address, site.c.retired))
    known = {SiteKey(row.list_id, row.address): row for row in rows}
    for new in chunks(key for key in wanted if key not in known):
        connection.execute(
            insert(site), [{"list_id": key.list_id, "address": key.address, "due": wanted[key]} for key in new]
        )
    for key, row in known.items():
        if key in wanted and row.retired:
            _update(connection, row.site_id, retired=False, due=wanted[key])
        elif key not in wanted and not row.retired:
            _update(connection, row.site_id, retired=True)


def due(connection: Connection, now: datetime, limit: int) -> tuple[Site, ...]:
    """Sites that are due and not held, longest due first."""
    query = _sites(hold.c.address.is_(None), site.c.due <= now).order_by(site.c.due, site.c.address, site.c.list_id)
    return tuple(_site(row) for row in connection.execute(query.limit(limit)))


def every_site(connection: Connection) -> tuple[Site, ...]:
    """Every site that is not retired, by list and address."""
    return tuple(_site(row) for row in connection.execute(_sites().order_by(site.c.list_id, site.c.address)))


def next_due(connection: Connection) -> datetime | None:
    """When the next site that is not held falls due."""
    waiting = _sites(hold.c.address.is_(None)).subquery()
    instant: datetime | None = connection.scalar(select(func.min(waiting.c.due, type_=site.c.due.type)))
    return instant


def make_due(connection: Connection, keys: Iterable[SiteKey], now: datetime) -> None:
    """Let these sites be due at `now`, unless they are due earlier."""
    statement = (
        update(site)
        .where(site.c.list_id == bindparam("of_list"), site.c.address == bindparam("at"), site.c.due > now)
        .values(due=now)
    )
    for chunk in chunks(keys):
        connection.execute(statement, [{"of_list": key.list_id, "at": key.address} for key in chunk])


def claim(connection: Connection, key: SiteKey, run_id: str, visit_id: str) -> Claim | None:
    """Hold the address for one visit; None when it is held, retired or unknown."""
    query = _sites(site.c.list_id == key.list_id, site.c.address == key.address).with_for_update(of=site)
    row = connection.execute(query).one_or_none()
    if row is None or row.visit_id is not None:
        return None
    claimed = Claim(key, run_id, visit_id, row.attempt + 1)
    _update(connection, row.site_id, attempt=claimed.attempt)
    connection.execute(
        insert(hold).values(
            address=key.address, site_id=row.site_id, run_id=run_id, visit_id=visit_id, attempt=claimed.attempt
        )
    )
    return claimed


def must_hold(connection: Connection, claim: Claim) -> None:
    """Raise StaleClaim unless this claim, with this attempt, holds its address now."""
    held = select(hold.c.attempt).where(hold.c.address == claim.key.address, hold.c.visit_id == claim.visit_id)
    if connection.scalar(held.with_for_update()) != claim.attempt:
        msg = f"attempt {claim.attempt} of this site was given up"
        raise StaleClaim(msg)


def let_go(connection: Connection, claim: Claim) -> None:
    """End the hold; intents that still wait are forgotten here (the log explains them)."""
    connection.execute(delete(open_intent).where(open_intent.c.visit_id == claim.visit_id))
    connection.execute(delete(hold).where(hold.c.visit_id == claim.visit_id))


def held_by_others(connection: Connection, run_id: str) -> tuple[Claim, ...]:
    """The claims that runs other than this one hold."""
    rows = connection.execute(select(hold, site.c.list_id).join(site).where(hold.c.run_id != run_id))
    return tuple(Claim(SiteKey(row.list_id, row.address), row.run_id, row.visit_id, row.attempt) for row in rows)


def end_visit(
    connection: Connection, claim: Claim, outcome: str, *, now: datetime, next_due: datetime, failed: bool
) -> None:
    """Write how the visit ended and when the site is due next, and let go. Raises ValueError while intents wait."""
    waiting = connection.scalar(
        select(func.count()).select_from(open_intent).where(open_intent.c.visit_id == claim.visit_id)
    )
    if waiting:
        msg = f"{waiting} fetches of this visit have no conclusion"
        raise ValueError(msg)
    failures = site.c.failures + 1 if failed else 0
    values = {"due": next_due, "last_visit": now, "last_outcome": outcome, "failures": failures}
    connection.execute(update(site).where(_is(claim.key)).values(values))
    let_go(connection, claim)


def open_intents(connection: Connection, claim: Claim, leaves: Sequence[int]) -> None:
    """Remember that these intents wait for their conclusion."""
    if not leaves:
        return
    connection.execute(insert(open_intent), [{"leaf_index": leaf, "visit_id": claim.visit_id} for leaf in leaves])


def close_intents(connection: Connection, claim: Claim, leaves: Sequence[int]) -> None:
    """Take these intents as concluded. Raises ValueError when one of them does not wait, or not in this visit."""
    closed = 0
    for chunk in chunks(leaves):
        condition = and_(open_intent.c.leaf_index.in_(chunk), open_intent.c.visit_id == claim.visit_id)
        closed += connection.execute(delete(open_intent).where(condition)).rowcount
    if closed != len(leaves):
        msg = f"{len(leaves) - closed} of these {len(leaves)} intents do not wait for a conclusion in this visit"
        raise ValueError(msg)


def _sites(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Sites that are not retired, each with the visit that holds its address or None."""
    joined = site.outerjoin(hold, hold.c.address == site.c.address)
    return select(site, hold.c.visit_id).select_from(joined).where(site.c.retired.is_(False), *conditions)


def _site(row: Row[*tuple[Any, ...]]) -> Site:
    return Site(
        SiteKey(row.list_id, row.address),
        row.due,
        row.failures,
        row.last_outcome,
        row.last_visit,
        row.attempt,
        row.visit_id or "",
    )


def _update(connection: Connection, site_id: int, **values: object) -> None:
    connection.execute(update(site).where(site.c.site_id == site_id).values(**values))


def _is(key: SiteKey) -> ColumnElement[bool]:
    return and_(site.c.list_id == key.list_id, site.c.address == key.address)
