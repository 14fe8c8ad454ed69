"""The store as operators see it: sites by state and cause, what waits, what was done. No findings.

It reads only, and needs no key: `sightline status` may look while the daemon holds the state directory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select

from config.faults import Refused
from reports.store.engine import Store, open_store_to_read
from reports.store.rows import control, history, sites
from reports.store.rows.control import ControlState, Published
from reports.store.schema import hold, past_visit, referral, site
from reports.store.values import PastVisit, QueueLane, ScheduledSite, SiteKey

PAGE: Final = 1_000
"""Rows that are read at once."""


class ListedState(StrEnum):
    """The state of a listed site. Each is in exactly one."""

    PAUSED = "paused"
    QUARANTINED = "quarantined"
    NEW = "new"
    """Never visited."""
    UP = "up"
    """It answered at the last visit."""
    NO_ANSWER = "no answer"
    """No answer at the last visit; the cause says more. That alone does not mean that it is down."""
    DOWN = "down"
    """The last visit proved it."""
    RETIRED = "no longer listed"


STATE: Final = case(
    (site.c.paused, ListedState.PAUSED.value),
    (site.c.quarantined_until.is_not(None), ListedState.QUARANTINED.value),
    (site.c.last_visit.is_(None), ListedState.NEW.value),
    (site.c.failures == 0, ListedState.UP.value),
    (site.c.down, ListedState.DOWN.value),
    else_=ListedState.NO_ANSWER.value,
).label("state")


def state_of(one: ScheduledSite) -> ListedState:
    """`STATE`, of a site that was read."""
    if one.retired:
        return ListedState.RETIRED
    if one.paused:
        return ListedState.PAUSED
    if one.quarantined_until is not None:
        return ListedState.QUARANTINED
    if one.last_visit is None:
        return ListedState.NEW
    if one.failures == 0:
        return ListedState.UP
    return ListedState.DOWN if one.down else ListedState.NO_ANSWER


@dataclass(frozen=True, slots=True)
class Throughput:
    """What was done since an instant."""

    visits: int
    failed: int
    pages: int
    received_bytes: int
    workers_killed: int


class Overview:
    """Queries over one store. Each is one consistent view; together they need not be."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @staticmethod
    def open(path: Path) -> "Overview | Refused":
        """Open the store in this file, read only."""
        store = open_store_to_read(path)
        return store if isinstance(store, Refused) else Overview(store)

    def close(self) -> None:
        """Close the store's connections."""
        self._store.close()

    def states(self) -> Mapping[tuple[ListedState, str], int]:
        """Return how many sites are in each state with each outcome of their last visit."""
        query = select(STATE, site.c.last_outcome, func.count().label("sites"))
        query = query.where(site.c.retired.is_(False)).group_by(STATE, site.c.last_outcome)
        with self._store.read() as connection:
            return {(ListedState(row.state), row.last_outcome): row.sites for row in connection.execute(query)}

    def lists(self) -> tuple[str, ...]:
        """Return the authority lists that name sites, or did."""
        with self._store.read() as connection:
            return tuple(connection.scalars(select(site.c.list_id).distinct().order_by(site.c.list_id)))

    def queue(self, now: datetime) -> Mapping[QueueLane, int]:
        """Return how many sites are due and wait, by lane."""
        query = select(site.c.lane, func.count().label("sites")).where(
            site.c.retired.is_(False), site.c.paused.is_(False), site.c.due <= now, site.c.lane.in_(list(QueueLane))
        )
        query = query.where(~site.c.address.in_(select(hold.c.address))).group_by(site.c.lane)
        with self._store.read() as connection:
            found = {QueueLane(row.lane): row.sites for row in connection.execute(query)}
        return {lane: found.get(lane, 0) for lane in QueueLane}

    def next_due(self) -> datetime | None:
        """Return when the next site that is neither held nor paused falls due."""
        with self._store.read() as connection:
            return sites.next_due(connection)

    def under_way(self) -> tuple[str, ...]:
        """Return the addresses that visits hold."""
        with self._store.read() as connection:
            return tuple(connection.scalars(select(hold.c.address).order_by(hold.c.address)))

    def throughput(self, since: datetime, until: datetime) -> Throughput:
        """Return the visits that ended between two instants, as far as the histories reach."""
        counts: tuple[ColumnElement[Any], ...] = (
            func.coalesce(func.sum(case((past_visit.c.failed, 1), else_=0)), 0),
            func.coalesce(func.sum(past_visit.c.pages_read), 0),
            func.coalesce(func.sum(past_visit.c.received_bytes), 0),
            func.coalesce(func.sum(past_visit.c.workers_killed), 0),
        )
        query = select(func.count(), *counts).where(past_visit.c.ended.between(since, until))
        with self._store.read() as connection:
            return Throughput(*connection.execute(query).one())

    def referral_ages(self, now: datetime) -> Mapping[str, timedelta]:
        """Return, by recipient's key, the time since the last referral to it."""
        query = select(referral.c.recipient, func.max(referral.c.made, type_=referral.c.made.type).label("made"))
        with self._store.read() as connection:
            rows = connection.execute(query.group_by(referral.c.recipient)).all()
        return {row.recipient: now - row.made for row in rows}

    def sites(
        self, state: ListedState | None = None, list_id: str | None = None, outcome: str | None = None
    ) -> Iterator[ScheduledSite]:
        """Yield the matching listed sites, by list and address. Constant memory."""
        last: SiteKey | None = None
        while True:
            with self._store.read() as connection:
                page = sites.after(connection, last, PAGE)
            yield from (
                item
                for item in page
                if (state is None or state_of(item) is state)
                and list_id in {None, item.key.list_id}
                and outcome in {None, item.last_outcome}
            )
            if len(page) < PAGE:
                return
            last = page[-1].key

    def set_aside(self, state: ListedState) -> tuple[ScheduledSite, ...]:
        """Return the paused or quarantined sites: at most `PAGE`, the soonest to return first."""
        wanted = site.c.paused.is_(True) if state is ListedState.PAUSED else site.c.quarantined_until.is_not(None)
        with self._store.read() as connection:
            return sites.where(connection, wanted, PAGE)

    def at_address(self, address: str) -> tuple[ScheduledSite, ...]:
        """Return the sites of this address: one for each list that names it."""
        with self._store.read() as connection:
            return sites.at_address(connection, address)

    def history(self, key: SiteKey) -> tuple[PastVisit, ...]:
        """Return the newest visits of a site, newest first."""
        with self._store.read() as connection:
            return history.of_site(connection, key)

    def control(self) -> ControlState:
        """Return the operator's mode for the scanner."""
        with self._store.read() as connection:
            return control.asked(connection)

    def published(self) -> Published | None:
        """Return the daemon's last heartbeat."""
        with self._store.read() as connection:
            return control.published(connection)
