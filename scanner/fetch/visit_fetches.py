"""A visit's fetches: each on the record, paced, within budget, followed hop by hop.

Pictures of one page are intended together, in one transaction, and then reached one by one from several threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock
from typing import NamedTuple

from config.clock import Clock
from reports.ledger.ledger import FetchPurpose
from reports.sighting import Hop, LoggedFetch
from scanner.authority.permit import Permit, PermitPurpose, Permits
from scanner.exchange.cookies import Jar
from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Budget, Failed, Fetcher, Response
from scanner.exchange.validators import NO_VALIDATORS, Validators
from scanner.fetch.log import FetchLog
from scanner.fetch.rate_limit import RateLimiters
from scanner.fetch.redirects import Follower
from scanner.fetch.visit_budget import VisitBudget


@dataclass(frozen=True, slots=True)
class FetchResult:
    """Where a chain of exchanges ended. `redirects` is empty when there was one exchange, else holds all of them."""

    permit: Permit
    redirects: tuple[Hop, ...]
    result: Response | Failed
    fetches: tuple[LoggedFetch, ...] = ()
    """Every exchange of the chain, as the log has it."""


class Intended(NamedTuple):
    """What stands in the log of an exchange that is about to be made, and for which page of the visit it is."""

    leaf: int
    purpose: FetchPurpose
    page: int


class Wanted(NamedTuple):
    """An exchange that is to be made, and for which page of the visit."""

    permit: Permit
    purpose: FetchPurpose
    page: int


@dataclass(slots=True)
class VisitFetches:
    """The fetches of one visit, its purse and its cookies; `budgets` are those of one chain."""

    fetcher: Fetcher
    permits: Permits
    journal: FetchLog
    paces: RateLimiters
    clock: Clock
    stop: Event
    spending: VisitBudget
    redirects_most: int
    budgets: dict[PermitPurpose, Budget]
    jar: Jar | None = None
    page: int = 0
    """The page for which is intended now, by its turn: pages are told in this order, and their fetches with them."""
    _intended: dict[Permit, Intended] = field(default_factory=dict)
    _of_pages: list[tuple[int, LoggedFetch]] = field(default_factory=list)
    """The exchanges, by page, that were for no picture and are not told yet."""
    _changing: Lock = field(default_factory=Lock)

    def wanted(self, permit: Permit, purpose: FetchPurpose) -> Wanted:
        """An exchange for the page for which is intended now."""
        return Wanted(permit, purpose, self.page)

    def depart(self, wanted: Sequence[Wanted]) -> None:
        """Put these on the record, and with them whatever waits to be put there. By the visit's own thread."""
        leaves = self.journal.depart([(one.permit, one.purpose) for one in wanted])
        for one, leaf in zip(wanted, leaves, strict=True):
            self._intended[one.permit] = Intended(leaf, one.purpose, one.page)

    def reach(self, permit: Permit, known: Validators = NO_VALIDATORS) -> FetchResult:
        """Fetch what was intended, wherever it redirects to. Never raises for what a site does.

        With validators of the permit's URL, the answer may be 304. A list that ended, or that names it no more, since
        the permit was minted ends it here: an intent may wait long for its turn.
        """
        why = self._in_the_way(permit)
        if why is None and self.paces.of(permit.address).wait(self.stop):  # nothing waits that is not to be asked for
            why = self._in_the_way(permit)
        if why is not None:
            return self._not_started(permit, why)
        intended = self._intended[permit]
        made: list[LoggedFetch] = []
        follower = Follower(
            fetcher=self.fetcher,
            permits=self.permits,
            intend=partial(self._begun, made, intended.page),
            conclude=self._concluded,
            redirects_most=self.redirects_most,
            clock=self.clock,
            jar=self.jar,
        )
        end = follower.follow(permit, self._budget(permit.purpose), known)
        if intended.purpose is not FetchPurpose.PICTURE:
            with self._changing:
                self._of_pages += ((intended.page, one) for one in made)
        return FetchResult(end.permit, _all_hops(end.redirects, end.permit, end.result), end.result, tuple(made))

    def drain(self, page: int) -> tuple[LoggedFetch, ...]:
        """The exchanges for this page, and what was left of those before, that were for no picture."""
        with self._changing:
            made = tuple(one for of, one in self._of_pages if of <= page)
            self._of_pages = [(of, one) for of, one in self._of_pages if of > page]
        return made

    def _in_the_way(self, permit: Permit) -> FailureCause | None:
        """Why it may not be asked for now."""
        if self.stop.is_set() or self.spending.over() is not None:
            return FailureCause.NOT_STARTED
        listed = isinstance(self.permits.permit(permit.url, self.clock(), permit.purpose), Permit)
        return None if listed else FailureCause.NOT_LISTED

    def _budget(self, purpose: PermitPurpose) -> Budget:
        """That of one chain, and no more than the visit has left."""
        budget = self.budgets[purpose]
        return Budget(budget.seconds, min(budget.untrusted_bytes, self.spending.bytes_left))

    def _concluded(self, intended: Intended, result: Response | Failed) -> None:
        self.spending.spend(result.received_bytes)
        self.journal.ended(intended.leaf, result, intended.page)

    def _begun(self, made: list[LoggedFetch], page: int, permit: Permit) -> Intended:
        """The intent of the first exchange is on the record already; that of a redirect is put there now."""
        if permit not in self._intended:
            self.paces.of(permit.address).wait(self.stop)
            leaf = self.journal.intend(permit, FetchPurpose.REDIRECT)
            self._intended[permit] = Intended(leaf, FetchPurpose.REDIRECT, page)
        intended = self._intended.pop(permit)
        made.append(self.journal.logged(intended.leaf, permit.url, intended.purpose))
        return intended

    def _not_started(self, permit: Permit, why: FailureCause) -> FetchResult:
        now = self.clock()
        result = Failed(why, now, now)
        intended = self._intended.pop(permit)
        self.journal.ended(intended.leaf, result, intended.page)
        return FetchResult(permit, (), result)


def _all_hops(earlier: tuple[Hop, ...], permit: Permit, result: Response | Failed) -> tuple[Hop, ...]:
    if not earlier or earlier[-1].url == permit.url:
        return earlier
    return (*earlier, Hop(permit.url, result.status if isinstance(result, Response) else 0))
