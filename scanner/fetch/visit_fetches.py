"""The fetches of a visit: each permitted, logged, within the rate and the budget, and followed through redirects.

- `permit` asks the lists; `request` plans the fetch of what they permit; nothing leaves before `send`.
- `send` logs the intents of all planned fetches in one transaction, with the ends of pages that wait for one, and then
  begins them: each transaction costs as much as several exchanges. Whoever waits for a fetch uses `result`, which sends
  first.
- Each redirect has a permit and an intent of its own, and the chain one budget. A hop that no list covers ends the
  chain before a single byte is sent to it.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from threading import Event, Lock
from time import monotonic
from types import MappingProxyType
from typing import Any, Final, Generic, NamedTuple, TypeVar

from config.clock import Clock, Seconds
from reports.ledger.ledger import FetchPurpose
from reports.sighting import Hop, LoggedFetch
from scanner.authority.permit import Permit, PermitPurpose, Permits
from scanner.authority.refusal import Refusal
from scanner.exchange.cookies import Jar
from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Budget, Failed, Fetcher, Response
from scanner.exchange.validators import NO_VALIDATORS, Validators
from scanner.fetch.log import FetchLog
from scanner.fetch.patience import Patience, asks_to_wait
from scanner.fetch.rate_limit import RateLimiter, RateLimiters
from scanner.fetch.redirects import next_hop, redirect_location
from scanner.fetch.visit_budget import VisitBudget

_LOGGED_AS: Final[Mapping[PermitPurpose, FetchPurpose]] = MappingProxyType(
    {
        PermitPurpose.PAGE: FetchPurpose.PAGE,
        PermitPurpose.FRAME: FetchPurpose.PAGE,
        PermitPurpose.SUBRESOURCE: FetchPurpose.PAGE,
        PermitPurpose.PICTURE: FetchPurpose.PICTURE,
        PermitPurpose.ROBOTS: FetchPurpose.ROBOTS,
    }
)
_JUDGED_LATER: Final = frozenset((PermitPurpose.PAGE, PermitPurpose.ROBOTS))
_AS_PICTURES: Final = frozenset((PermitPurpose.PICTURE, PermitPurpose.SUBRESOURCE))

T = TypeVar("T")
WhenSent = Callable[[], Validators]
"""The validators of a fetch, asked for when it begins: what is learnt while it waits for its turn counts."""


def no_validators() -> Validators:
    """Fetch it whole."""
    return NO_VALIDATORS


@dataclass(frozen=True, slots=True)
class FetchResult:
    """Where a chain of exchanges ended. `redirects` is empty when there was one exchange, else holds all of them.

    When a redirect was not followed, the exchange that gave it is the last of `redirects`, and `permit` is still its.
    """

    permit: Permit
    redirects: tuple[Hop, ...]
    result: Response | Failed
    fetches: tuple[LoggedFetch, ...] = ()
    """Every exchange of the chain, as the log has it."""


@dataclass(frozen=True, slots=True)
class ChainLimits:
    """What one fetch may cost, its redirects included."""

    redirects: int
    page: Budget
    picture: Budget

    def of(self, purpose: PermitPurpose) -> Budget:
        """Return the budget of one chain."""
        return self.picture if purpose in _AS_PICTURES else self.page


@dataclass(frozen=True, slots=True)
class Threads:
    """The threads of a visit: one for its pages, several for all else."""

    page: Executor
    pictures: Executor


class PlannedFetch(NamedTuple, Generic[T]):
    """One fetch that was permitted, and what its thread does with the result. `page` is its page's turn."""

    permit: Permit
    page: int
    validators: WhenSent
    then: Callable[[FetchResult], T]
    outcome: "Future[T]"


@dataclass(slots=True)
class VisitFetches:
    """The fetches of one visit. All but `permit` belong to the visit's own thread."""

    permits: Permits
    fetcher: Fetcher
    log: FetchLog
    rate_limits: RateLimiters
    patience: Patience
    budget: VisitBudget
    limits: ChainLimits
    threads: Threads
    jar: Jar | None
    stop: Event
    clock: Clock
    now: Seconds = monotonic
    _planned: list[PlannedFetch[Any]] = field(default_factory=list)
    _logged: list[tuple[int, LoggedFetch]] = field(default_factory=list)
    """The exchanges, by page, that were for no picture and are in no record yet."""
    _lock: Lock = field(default_factory=Lock)

    def permit(self, untrusted_url: str, purpose: PermitPurpose) -> Permit | Refusal:
        """Return the permit for this URL now, or why there is none."""
        return self.permits.permit(untrusted_url, self.clock(), purpose)

    def request(self, permit: Permit, *, page: int, validators: WhenSent = no_validators) -> "Future[FetchResult]":
        """Plan to fetch this for the page with this turn."""
        return self.plan(permit, _itself, page=page, validators=validators)

    def plan(
        self,
        permit: Permit,
        then: Callable[[FetchResult], T],
        *,
        page: int,
        validators: WhenSent = no_validators,
    ) -> "Future[T]":
        """Plan a fetch with the work that its thread does on the result. With validators, the answer may be 304."""
        planned = PlannedFetch(permit, page, validators, then, Future())
        self._planned.append(planned)
        return planned.outcome

    def send(self) -> None:
        """Log what was planned in one transaction, and begin it."""
        planned, self._planned = self._planned, []
        leaves = self.log.log_intents([(fetch.permit, _LOGGED_AS[fetch.permit.purpose]) for fetch in planned])
        for fetch, leaf in zip(planned, leaves, strict=True):
            is_page = fetch.permit.purpose is PermitPurpose.PAGE
            (self.threads.page if is_page else self.threads.pictures).submit(self._run, fetch, leaf)

    def result(self, pending: "Future[T]") -> T:
        """Send what was planned, and wait for this."""
        self.send()
        return pending.result()

    def take_logged(self, page: int) -> tuple[LoggedFetch, ...]:
        """Take the exchanges for this page and those before it that were for no picture."""
        with self._lock:
            taken = tuple(logged for turn, logged in self._logged if turn <= page)
            self._logged = [kept for kept in self._logged if kept[0] > page]
        return taken

    def _run(self, planned: PlannedFetch[Any], leaf: int) -> None:
        """Fetch, and settle the future; whatever is raised is raised where it is waited for."""
        try:
            outcome = planned.then(self._fetch(planned, leaf))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            planned.outcome.set_exception(error)
        else:
            planned.outcome.set_result(outcome)

    def _fetch(self, planned: PlannedFetch[Any], leaf: int) -> FetchResult:
        """Fetch what was logged, unless the visit, its budget or its list ended while it waited for its turn."""
        permit = planned.permit
        limiter = self.rate_limits.of(permit.address)
        cause = self._blocked(permit, limiter)
        if cause is None and limiter.wait(self.stop):
            cause = self._blocked(permit, limiter)
        if cause is not None:
            return self._not_started(planned, leaf, cause, limiter)
        result = self._follow(planned, leaf)
        if permit.purpose is not PermitPurpose.PICTURE:
            with self._lock:
                self._logged += ((planned.page, logged) for logged in result.fetches)
        return result

    def _not_started(
        self, planned: PlannedFetch[Any], leaf: int, cause: FailureCause, limiter: RateLimiter
    ) -> FetchResult:
        """Conclude an intent without an exchange. One that its site refuses is a failure with an entry in the log."""
        permit, failed = planned.permit, self._failed(cause)
        self.log.conclude(leaf, failed.head, planned.page)
        if cause is not FailureCause.ASKED_TO_WAIT:
            return FetchResult(permit, (), failed)
        if permit.address == self.patience.address:
            self.patience.put_off(limiter.closed_seconds())
        return FetchResult(permit, (), failed, (self.log.logged(leaf, permit.url, _LOGGED_AS[permit.purpose]),))

    def _blocked(self, permit: Permit, limiter: RateLimiter) -> FailureCause | None:
        """Return why it may not be fetched now."""
        if self.stop.is_set() or self.budget.exhausted() is not None:
            return FailureCause.NOT_STARTED
        if limiter.closed_seconds():
            return FailureCause.ASKED_TO_WAIT
        listed = isinstance(self.permit(permit.url, permit.purpose), Permit)
        return None if listed else FailureCause.NOT_LISTED

    def _follow(self, planned: PlannedFetch[Any], leaf: int) -> FetchResult:
        """GET the permit's URL and, while there are permits for it, whatever it redirects to.

        No URL is fetched twice, unless a cookie changed since: many sites set one and send their visitor back. The
        validators are for the first URL alone.
        """
        permit, known, purpose = planned.permit, planned.validators(), _LOGGED_AS[planned.permit.purpose]
        limit = self.limits.of(permit.purpose)
        ends, bytes_left = self.now() + limit.seconds, min(limit.untrusted_bytes, self.budget.bytes_left)
        hops: list[Hop] = []
        fetches: list[LoggedFetch] = []
        requested: set[tuple[str, int]] = set()
        tries = 0
        while True:
            requested.add((permit.url, self._cookie_changes))
            fetches.append(self.log.logged(leaf, permit.url, purpose))
            result = self.fetcher.get(permit, Budget(max(0.0, ends - self.now()), bytes_left), self.jar, known)
            self.budget.spend(result.received_bytes)
            self.log.conclude(leaf, head := result.head, planned.page)
            bytes_left = max(0, bytes_left - result.received_bytes)
            untrusted_location = redirect_location(result)
            if hops or untrusted_location:
                hops.append(Hop(permit.url, head.status))
            if not untrusted_location:
                if asks_to_wait(result) and (waited := self._wait_to_retry(permit, result, tries)) is not None:
                    ends, tries, leaf = ends + waited, tries + 1, self.log.log_intent(permit, purpose)
                    del hops[-1:]
                    continue
                self._count(permit, result)
                return FetchResult(permit, tuple(hops), result, tuple(fetches))
            following = self._next(permit, untrusted_location, requested)
            if isinstance(following, FailureCause):
                return FetchResult(permit, tuple(hops), self._failed(following), tuple(fetches))
            permit, known, purpose = following, NO_VALIDATORS, FetchPurpose.REDIRECT
            ends += self.rate_limits.of(permit.address).wait(self.stop)
            leaf = self.log.log_intent(permit, purpose)

    def _wait_to_retry(self, permit: Permit, answer: Response, tries: int) -> float | None:
        """Wait as the site asks; return the seconds, None if that is beyond the bounds or the visit ended."""
        limiter = self.rate_limits.of(permit.address)
        limiter.slow_down()
        seconds = self.patience.seconds_to_retry(answer.untrusted_retry_after, answer.ended, tries)
        if seconds is None:
            return None
        self.patience.waited(limiter.hold(seconds))
        waited = limiter.wait(self.stop)
        return waited if self._blocked(permit, limiter) is None else None

    def _count(self, permit: Permit, result: Response | Failed) -> None:
        """Let the answer count for the patience with its site. A page that asks to wait may be a queue page instead."""
        if not asks_to_wait(result):
            if isinstance(result, Response):
                self.patience.answered(permit.address)
        elif permit.purpose not in _JUDGED_LATER:
            self.refuse(permit, result)

    def refuse(self, permit: Permit, answer: Response) -> None:
        """Count a URL that asked to wait to the end; its site may be closed for as long as it asks."""
        if seconds := self.patience.refused(permit.address, answer.untrusted_retry_after, answer.ended):
            self.rate_limits.of(permit.address).close(seconds)

    def _next(self, permit: Permit, untrusted_location: str, requested: set[tuple[str, int]]) -> Permit | FailureCause:
        following = next_hop(self.permits, permit, untrusted_location, self.clock())
        if isinstance(following, FailureCause):
            return following
        seen = (following.url, self._cookie_changes) in requested
        return FailureCause.REDIRECT_LOOP if seen or len(requested) > self.limits.redirects else following

    @property
    def _cookie_changes(self) -> int:
        """A number that changes with the cookies that would be sent."""
        return self.jar.changes if self.jar else 0

    def _failed(self, cause: FailureCause) -> Failed:
        now = self.clock()
        return Failed(cause, now, now)


def _itself(result: FetchResult) -> FetchResult:
    return result
