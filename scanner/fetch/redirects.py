"""Redirects, followed by our own hand: each hop needs a permit of its own, and the whole chain has one budget.

A hop that no list covers ends the chain before a single byte is sent to it. Every exchange is announced before it
starts and told when it has ended, so that both stand in the log.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import monotonic
from typing import Final, Generic, TypeVar

from config.clock import Clock, utc_now
from reports.sighting import Hop
from scanner.authority.permit import Permit, Permits
from scanner.authority.refusal import Refusal, RefusalReason
from scanner.exchange.cookies import Jar
from scanner.exchange.failure import FailureCause
from scanner.exchange.framing import REDIRECTS
from scanner.exchange.port import Budget, Failed, Fetcher, Response
from scanner.exchange.validators import NO_VALIDATORS, Validators
from scanner.urls.reference import resolve

_REFUSED: Final = {
    RefusalReason.NOT_LISTED: FailureCause.REDIRECT_OFF_LIST,
    RefusalReason.OUT_OF_SCOPE: FailureCause.OUT_OF_SCOPE,
    RefusalReason.MALFORMED: FailureCause.REDIRECT_MALFORMED,
}

Intent = TypeVar("Intent")


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a chain ended: the permit of its last exchange, the exchanges before it, and the result.

    When a redirect was not followed, the exchange that gave it is the last of `redirects`, and `permit` is still its.
    """

    permit: Permit
    redirects: tuple[Hop, ...]
    result: Response | Failed


@dataclass(frozen=True, slots=True)
class Follower(Generic[Intent]):
    """Follows chains for one visit.

    `intend` is called before each exchange, and `conclude` after it with what `intend` returned. At most
    `redirects_most` redirects are followed, and no URL twice, unless a cookie was set or taken back since: many sites
    set one and send their visitor to the same page again.
    """

    fetcher: Fetcher
    permits: Permits
    intend: Callable[[Permit], Intent]
    conclude: Callable[[Intent, Response | Failed], None]
    redirects_most: int
    clock: Clock = utc_now
    now: Callable[[], float] = monotonic
    jar: Jar | None = None

    def follow(self, permit: Permit, budget: Budget, known: Validators = NO_VALIDATORS) -> Followed:
        """GET the permit's URL and, while there are permits for it, whatever it redirects to. Never raises.

        `known` are the validators of that URL; what it redirects to is always asked for whole.
        """
        ends, left = self.now() + budget.seconds, budget.untrusted_bytes
        hops: list[Hop] = []
        asked: set[tuple[str, int]] = set()
        while True:
            asked.add((permit.url, self._cookies))
            result = self._exchange(permit, Budget(max(0.0, ends - self.now()), left), known)
            known = NO_VALIDATORS
            left = max(0, left - result.received_bytes)
            if not isinstance(result, Response) or not redirects(result):
                return Followed(permit, tuple(hops), result)
            hops.append(Hop(permit.url, result.status))
            following = self._next(permit, result, asked)
            if isinstance(following, FailureCause):
                instant = self.clock()
                return Followed(permit, tuple(hops), Failed(following, instant, instant))
            permit = following

    def _exchange(self, permit: Permit, budget: Budget, known: Validators) -> Response | Failed:
        intent = self.intend(permit)
        result = self.fetcher.get(permit, budget, self.jar, known)
        self.conclude(intent, result)
        return result

    @property
    def _cookies(self) -> int:
        """Which cookies would be sent, as a number that changes with them."""
        return self.jar.changes if self.jar else 0

    def _next(self, permit: Permit, answer: Response, asked: Collection[tuple[str, int]]) -> Permit | FailureCause:
        url = resolve(permit.url, answer.untrusted_location)
        following = self.permits.permit(url, self.clock(), permit.purpose)
        if isinstance(following, Refusal):
            return _REFUSED[following.reason]
        if len(asked) > self.redirects_most or (following.url, self._cookies) in asked:
            return FailureCause.REDIRECT_LOOP
        return following


def redirects(answer: Response) -> bool:
    """Whether a browser would go elsewhere: one of five statuses, and a Location."""
    return answer.status in REDIRECTS and answer.untrusted_location != ""
