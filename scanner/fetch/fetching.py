"""A visit's fetches: each on the record, paced, within budget, followed hop by hop.

Pictures of one page are intended together, in one transaction, and then reached one by one from several threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event

from config.clock import Clock
from reports.ledger import Purpose
from reports.sighting import Hop, LoggedFetch
from scanner.authority.permit import Permit, Permits
from scanner.authority.permit import Purpose as PermitPurpose
from scanner.fetch.causes import Cause
from scanner.fetch.follow import Follower
from scanner.fetch.validators import NO_VALIDATORS, Validators
from scanner.journal import Journal
from scanner.pace import Paces
from scanner.ports import Answer, Budget, Failed, Fetcher, Jar
from scanner.spending import Spending


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a chain of exchanges ended. `redirects` is empty when there was one exchange, else holds all of them."""

    permit: Permit
    redirects: tuple[Hop, ...]
    result: Answer | Failed
    fetches: tuple[LoggedFetch, ...] = ()
    """Every exchange of the chain, as the log has it."""


@dataclass(slots=True)
class Fetching:
    """The fetches of one visit, its purse and its cookies; `budgets` are those of one chain."""

    fetcher: Fetcher
    permits: Permits
    journal: Journal
    paces: Paces
    clock: Clock
    stop: Event
    spending: Spending
    redirects_most: int
    budgets: dict[PermitPurpose, Budget]
    jar: Jar | None = None
    _intended: dict[Permit, tuple[int, Purpose]] = field(default_factory=dict)
    _of_pages: list[LoggedFetch] = field(default_factory=list)
    """The exchanges since the last record that were for no picture."""

    def intend(self, permits: Sequence[Permit], purpose: Purpose) -> None:
        """Put these on the record before the first of them is reached."""
        leaves = self.journal.intend(permits, purpose)
        self._intended.update((permit, (leaf, purpose)) for permit, leaf in zip(permits, leaves, strict=True))

    def reach(self, permit: Permit, known: Validators = NO_VALIDATORS) -> Reached:
        """Fetch what was intended, wherever it redirects to. Never raises for what a site does.

        With validators of the permit's URL, the answer may be 304.
        """
        if self._too_late() or not self.paces.of(permit.address).wait(self.stop):
            return self._not_started(permit)
        of_picture = self._intended[permit][1] is Purpose.PICTURE
        made: list[LoggedFetch] = []
        follower = Follower(
            fetcher=self.fetcher,
            permits=self.permits,
            intend=partial(self._leaf, made),
            conclude=self._concluded,
            redirects_most=self.redirects_most,
            clock=self.clock,
            jar=self.jar,
        )
        end = follower.follow(permit, self._budget(permit.purpose), known)
        if not of_picture:
            self._of_pages += made
        return Reached(end.permit, _all_hops(end.redirects, end.permit, end.result), end.result, tuple(made))

    def drain(self) -> tuple[LoggedFetch, ...]:
        """The exchanges since the last call that were for no picture: pages and what they are read with."""
        made, self._of_pages = tuple(self._of_pages), []
        return made

    def _too_late(self) -> bool:
        return self.stop.is_set() or self.spending.over() is not None

    def _budget(self, purpose: PermitPurpose) -> Budget:
        """That of one chain, and no more than the visit has left."""
        budget = self.budgets[purpose]
        return Budget(budget.seconds, min(budget.untrusted_bytes, self.spending.bytes_left))

    def _concluded(self, leaf: int, result: Answer | Failed) -> None:
        self.spending.spend(result.received_bytes)
        self.journal.ended(leaf, result)

    def _leaf(self, made: list[LoggedFetch], permit: Permit) -> int:
        """The intent of the first exchange is on the record already; that of a redirect is put there now."""
        if permit not in self._intended:
            self.paces.of(permit.address).wait(self.stop)
            self.intend([permit], Purpose.REDIRECT)
        leaf, purpose = self._intended.pop(permit)
        made.append(self.journal.logged(leaf, permit.url, purpose))
        return leaf

    def _not_started(self, permit: Permit) -> Reached:
        now = self.clock()
        result = Failed(Cause.NOT_STARTED, now, now)
        leaf, _ = self._intended.pop(permit)
        self.journal.ended(leaf, result)
        return Reached(permit, (), result)


def _all_hops(earlier: tuple[Hop, ...], permit: Permit, result: Answer | Failed) -> tuple[Hop, ...]:
    if not earlier or earlier[-1].url == permit.url:
        return earlier
    return (*earlier, Hop(permit.url, result.status if isinstance(result, Answer) else 0))
