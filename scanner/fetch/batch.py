"""Departures: fetches that are planned, put on the record together, and only then begun.

Whatever a visit means to fetch before it waits goes into one transaction, and with it the ends of pages that had waited
for one: each transaction costs as much as several exchanges that only ask whether something has changed.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from reports.ledger.ledger import FetchPurpose
from scanner.authority.permit import Permit
from scanner.exchange.validators import NO_VALIDATORS, Validators
from scanner.fetch.visit_fetches import FetchResult, VisitFetches, Wanted

T = TypeVar("T")


class _PlannedFetch(NamedTuple, Generic[T]):
    """One fetch, with what is done of it in the thread that makes it."""

    wanted: Wanted
    executor: Executor
    work: Callable[[], T]
    done: "Future[T]"

    def run(self) -> None:
        """For whoever waits: what came of it, or what it raised."""
        try:
            came = self.work()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where it is waited for
            self.done.set_exception(error)
        else:
            self.done.set_result(came)


@dataclass(slots=True)
class FetchBatch:
    """The departures of one visit, made by `threads`. For one thread."""

    fetching: VisitFetches
    threads: Executor
    _planned: list[_PlannedFetch[Any]] = field(default_factory=list)

    def plan(
        self, permit: Permit, purpose: FetchPurpose, work: Callable[[], T], by: Executor | None = None
    ) -> "Future[T]":
        """Have this done once the permit's fetch is on the record: after the next `leave`; `by`: in other threads."""
        errand = _PlannedFetch(self.fetching.wanted(permit, purpose), by or self.threads, work, Future())
        self._planned.append(errand)
        return errand.done

    def fetch(
        self, permit: Permit, purpose: FetchPurpose, known: Validators = NO_VALIDATORS, by: Executor | None = None
    ) -> "Future[FetchResult]":
        """Plan a fetch of which no more is done there."""
        return self.plan(permit, purpose, partial(self.fetching.reach, permit, known), by)

    def leave(self) -> None:
        """Put what was planned on the record, and begin it. Whoever waits for any of it calls this before."""
        planned, self._planned = self._planned, []
        self.fetching.depart([errand.wanted for errand in planned])
        for errand in planned:
            errand.executor.submit(errand.run)
