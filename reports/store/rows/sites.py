"""The schedule's rows: sites, the holds on their addresses, and the intents that wait for their conclusion."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from reports.store.chunks import chunks
from reports.store.errors import StaleClaim
from reports.store.prepared import PreparedAmong, PreparedInsert, PreparedStatement
from reports.store.schema import hold, open_intent, site
from reports.store.values import Claim, QueueLane, ScheduledSite, SiteKey, Terms, Urgency, VisitEnding


def differing(
    connection: Connection, wanted: Mapping[SiteKey, datetime], terms: Mapping[SiteKey, Terms], now: datetime
) -> list[SiteKey]:
    """Return the sites whose rows must change: new, gone, returning, or listed on other terms."""
    known = {SiteKey(row.list_id, row.address): row for row in connection.execute(select(site))}
    new = [key for key in wanted if key not in known]
    return new + [key for key, row in known.items() if _other(row, wanted.get(key), terms.get(key), now)]


def set_some(
    connection: Connection,
    keys: Sequence[SiteKey],
    wanted: Mapping[SiteKey, datetime],
    terms: Mapping[SiteKey, Terms],
    now: datetime,
) -> None:
    """Add new ones of these, bring back returning ones, retire those gone; those that stay follow their terms."""
    by_list = {key.list_id: [item.address for item in keys if item.list_id == key.list_id] for key in keys}
    ours = [and_(site.c.list_id == name, site.c.address.in_(addresses)) for name, addresses in by_list.items()]
    known = {SiteKey(row.list_id, row.address): row for row in connection.execute(select(site).where(or_(*ours)))}
    if new := [_new(key, wanted[key], terms.get(key)) for key in keys if key not in known]:
        connection.execute(insert(site), new)
    others = ((known[key], _other(known[key], wanted.get(key), terms.get(key), now)) for key in keys if key in known)
    _SET.run_all(connection, (_put(row) | other for row, other in others if other))


def _put(row: Row[*tuple[Any, ...]]) -> dict[str, object]:
    return {"row": row.site_id} | {name: getattr(row, name) for name in _SETTABLE}


def _other(row: Row[*tuple[Any, ...]], due: datetime | None, terms: Terms | None, now: datetime) -> dict[str, object]:
    """Return the changes of a row, if any; no `due`: it left the lists."""
    if due is None:
        return {} if row.retired else {"retired": True}
    return _changed(row, due, terms, now)


def _new(key: SiteKey, due: datetime, terms: Terms | None) -> dict[str, object]:
    urgency = Urgency.ROUTINE if terms is None else terms.urgency
    return {"list_id": key.list_id, "address": key.address, "due": due, "urgency": urgency.value}


def _changed(row: Row[*tuple[Any, ...]], due: datetime, terms: Terms | None, now: datetime) -> dict[str, object]:
    """Return the changes of a site that stays listed or returns: its list makes none due later than before.

    A wait longer than any allowed stems from a clock that was ahead; uncorrected, the site might never be due again.
    """
    changed: dict[str, object] = {"retired": False, "due": due} if row.retired else {}
    if terms is None:
        return changed
    if row.urgency != terms.urgency:
        changed["urgency"] = terms.urgency.value
    raised = terms.urgency < row.urgency and row.quarantined_until is None
    latest = now if raised else now + _longest_wait(row, terms)
    if not row.retired and row.due > latest:
        changed["due"] = latest
        if row.quarantined_until is not None:
            changed["quarantined_until"] = latest
    return changed


def _longest_wait(row: Row[*tuple[Any, ...]], terms: Terms) -> timedelta:
    if row.quarantined_until is not None:
        return terms.quarantine_most
    return terms.retry_most if row.failures else terms.review


def due(connection: Connection, now: datetime, limit: int) -> tuple[ScheduledSite, ...]:
    """Sites that are due, not held, not paused: at most `limit` of each lane, lane by lane, longest due first."""
    found: list[ScheduledSite] = []
    for lane in QueueLane:
        asked = {"of_lane": lane.value, "until": now, "most": limit}
        found += (_site(row) for row in connection.execute(_DUE, asked))
    return tuple(found)


def every_site(connection: Connection) -> tuple[ScheduledSite, ...]:
    """Yield every site that is not retired, by list and address."""
    return tuple(_site(row) for row in connection.execute(_sites().order_by(site.c.list_id, site.c.address)))


def after(connection: Connection, key: SiteKey | None, limit: int) -> tuple[ScheduledSite, ...]:
    """Return the next sites that are not retired, by list and address; None: from the first on."""
    behind = [] if key is None else [tuple_(site.c.list_id, site.c.address) > (key.list_id, key.address)]
    query = _sites(*behind).order_by(site.c.list_id, site.c.address).limit(limit)
    return tuple(_site(row) for row in connection.execute(query))


def where(connection: Connection, wanted: ColumnElement[bool], limit: int) -> tuple[ScheduledSite, ...]:
    """Sites that are not retired and as wanted, those first that are due first."""
    query = _sites(wanted).order_by(site.c.due, site.c.address).limit(limit)
    return tuple(_site(row) for row in connection.execute(query))


def at_address(connection: Connection, address: str) -> tuple[ScheduledSite, ...]:
    """Return the sites of this address, one for each list that names it or did, by list."""
    query = _every(site.c.address == address).order_by(site.c.list_id)
    return tuple(_site(row) for row in connection.execute(query))


def next_due(connection: Connection) -> datetime | None:
    """Return when the next site that is neither held nor paused falls due."""
    firsts = (_waiting(site.c.lane == lane.value).order_by(site.c.due).limit(1) for lane in QueueLane)
    rows = [row for first in firsts for row in connection.execute(first)]
    return min((row.due for row in rows), default=None)


def set_paused(connection: Connection, address: str, *, paused: bool) -> int:
    """Pause or resume every site of this address; how many were not so."""
    others = update(site).where(site.c.address == address, site.c.paused.is_(not paused))
    return connection.execute(others.values(paused=paused)).rowcount


def release_quarantined(connection: Connection, address: str, now: datetime) -> int:
    """Lift the quarantine of every site of this address and let it be due now; how many were in it."""
    statement = update(site).where(site.c.address == address, site.c.quarantined_until.is_not(None))
    return connection.execute(statement.values(quarantined_until=None, strikes=0, due=now)).rowcount


def make_due(connection: Connection, keys: Iterable[SiteKey], now: datetime) -> None:
    """Let these sites be due at `now`, unless they are due earlier."""
    _move(connection, keys, site.c.due > now, now)


def put_off(connection: Connection, keys: Iterable[SiteKey], until: datetime) -> None:
    """Let these sites be due no sooner than then."""
    _move(connection, keys, site.c.due < until, until)


def _move(connection: Connection, keys: Iterable[SiteKey], which: ColumnElement[bool], due: datetime) -> None:
    """Let those of these sites be due then."""
    named = site.c.list_id == bindparam("of_list"), site.c.address == bindparam("at")
    statement = update(site).where(*named, which).values(due=due)
    for chunk in chunks(keys):
        connection.execute(statement, [{"of_list": key.list_id, "at": key.address} for key in chunk])


def claim_all(connection: Connection, visits: Mapping[SiteKey, str], run_id: str) -> list[Claim | None]:
    """Hold each site's address for the visit of this id; None when it is held, retired or unknown."""
    claims: list[Claim | None] = []
    made: dict[int, Claim] = {}
    taken: set[str] = set()
    for key, visit_id in visits.items():
        row = connection.execute(_ONE, {"of_list": key.list_id, "at": key.address}).one_or_none()
        if row is None or row.visit_id is not None or key.address in taken:
            claims.append(None)
            continue
        taken.add(key.address)
        made[row.site_id] = claimed = Claim(key, run_id, visit_id, row.attempt + 1)
        claims.append(claimed)
    if made:
        attempts = [{"row": site_id, "to": one.attempt} for site_id, one in made.items()]
        connection.execute(_ATTEMPT, attempts)
        connection.execute(insert(hold), [_hold(site_id, one) for site_id, one in made.items()])
    return claims


def _hold(site_id: int, one: Claim) -> dict[str, object]:
    return {
        "address": one.key.address,
        "site_id": site_id,
        "run_id": one.run_id,
        "visit_id": one.visit_id,
        "attempt": one.attempt,
    }


def must_hold(connection: Connection, claim: Claim) -> None:
    """Raise StaleClaim unless this claim, with this attempt, holds its address now."""
    if _HELD.rows(connection, {"at": claim.key.address, "visit": claim.visit_id}) != [(claim.attempt,)]:
        msg = f"attempt {claim.attempt} of this site was given up"
        raise StaleClaim(msg)


def let_go(connection: Connection, claim: Claim) -> None:
    """End the hold; intents that still wait are forgotten here (the log explains them)."""
    connection.execute(delete(open_intent).where(open_intent.c.visit_id == claim.visit_id))
    connection.execute(delete(hold).where(hold.c.visit_id == claim.visit_id))


def held_by_others(connection: Connection, run_id: str) -> tuple[Claim, ...]:
    """Return the claims that other runs hold."""
    rows = connection.execute(select(hold, site.c.list_id).join(site).where(hold.c.run_id != run_id))
    return tuple(Claim(SiteKey(row.list_id, row.address), row.run_id, row.visit_id, row.attempt) for row in rows)


def end_visit(connection: Connection, claim: Claim, ending: VisitEnding) -> int:
    """Write how the visit ended and when the site is due next, and let go. Raises ValueError while intents wait.

    Returns the row's number.
    """
    waiting = connection.scalar(
        select(func.count()).select_from(open_intent).where(open_intent.c.visit_id == claim.visit_id)
    )
    if waiting:
        msg = f"{waiting} fetches of this visit have no conclusion"
        raise ValueError(msg)
    connection.execute(update(site).where(_is(claim.key)).values(_after(ending)))
    let_go(connection, claim)
    site_id: int = connection.execute(select(site.c.site_id).where(_is(claim.key))).scalar_one()
    return site_id


def _after(ending: VisitEnding) -> dict[str, object]:
    values: dict[str, object] = {"due": ending.next_due}
    if ending.footing is not None:
        values |= asdict(ending.footing) | {"last_visit": ending.ended, "last_outcome": ending.outcome}
        values["failures"] = site.c.failures + 1 if ending.failed else 0
        values |= {} if ending.failed else {"last_up": ending.ended, "reached": site.c.reached + 1}
    return values


def open_intents(connection: Connection, claim: Claim, leaves: Sequence[int]) -> None:
    """Remember that these intents wait for their conclusion."""
    _OPEN.run_all(connection, ({"leaf_index": leaf, "visit_id": claim.visit_id} for leaf in leaves))


def close_intents(connection: Connection, claim: Claim, leaves: Sequence[int]) -> None:
    """Take these intents as concluded. Raises ValueError when one of them does not wait, or not in this visit."""
    closed = _CLOSE.run(connection, leaves, {"visit": claim.visit_id})
    if closed != len(leaves):
        msg = f"{len(leaves) - closed} of these {len(leaves)} intents do not wait for a conclusion in this visit"
        raise ValueError(msg)


def _every(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Sites, each with the visit that holds its address or None."""
    joined = site.outerjoin(hold, hold.c.address == site.c.address)
    return select(site, hold.c.visit_id).select_from(joined).where(*conditions)


def _sites(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Sites that are not retired."""
    return _every(site.c.retired.is_(False), *conditions)


def _waiting(*conditions: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Sites that may be claimed."""
    return _sites(hold.c.address.is_(None), site.c.paused.is_(False), *conditions)


def _site(row: Row[*tuple[Any, ...]]) -> ScheduledSite:
    return ScheduledSite(
        key=SiteKey(row.list_id, row.address),
        due=row.due,
        failures=row.failures,
        last_outcome=row.last_outcome,
        last_visit=row.last_visit,
        attempt=row.attempt,
        held_by=row.visit_id or "",
        last_up=row.last_up,
        reached=row.reached,
        strikes=row.strikes,
        closer=row.closer,
        paused=row.paused,
        quarantined_until=row.quarantined_until,
        down=row.down,
        urgency=Urgency(row.urgency),
        lane=QueueLane(row.lane),
        retired=row.retired,
    )


def _update(connection: Connection, site_id: int, **values: object) -> None:
    connection.execute(update(site).where(site.c.site_id == site_id).values(**values))


def _is(key: SiteKey) -> ColumnElement[bool]:
    return and_(site.c.list_id == key.list_id, site.c.address == key.address)


# What each tick asks is built once: building a statement takes longer than SQLite takes to answer it.
_DUE: Final = (
    _waiting(site.c.lane == bindparam("of_lane"), site.c.due <= bindparam("until"))
    .order_by(site.c.due, site.c.site_id)  # as the index has them: nothing is sorted, however many fell due at once
    .limit(bindparam("most"))
)
_HELD: Final = PreparedStatement(
    select(hold.c.attempt)
    .where(hold.c.address == bindparam("at"), hold.c.visit_id == bindparam("visit"))
    .with_for_update()
)
_SETTABLE: Final = ("retired", "due", "urgency", "quarantined_until")
"""What follows from a list and its terms."""
_SET: Final = PreparedStatement(update(site).where(site.c.site_id == bindparam("row")), _SETTABLE)
_OPEN: Final = PreparedInsert(insert(open_intent))
_CLOSE: Final = PreparedAmong(
    lambda some: delete(open_intent).where(
        open_intent.c.leaf_index.in_(some), open_intent.c.visit_id == bindparam("visit")
    )
)
_ONE: Final = _sites(site.c.list_id == bindparam("of_list"), site.c.address == bindparam("at")).with_for_update(of=site)
_ATTEMPT: Final = update(site).where(site.c.site_id == bindparam("row")).values(attempt=bindparam("to"))
