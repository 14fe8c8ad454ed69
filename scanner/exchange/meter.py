"""The cost of one exchange so far, against its deadline and byte budget. Every byte and second is counted here.

Rules:
- One deadline covers the exchange, from the first byte to tor to the last of the body; a slow drip gains nothing.
- Every byte that arrives counts: SOCKS replies, TLS records, 1xx responses, headers, body, trailers.
- Each phase has its own ceiling, so that a head cannot use up the body's budget.
- The first limit or error that ends an exchange is its cause; later errors do not change it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Budget


@dataclass(frozen=True, slots=True)
class ExchangePhase:
    """A phase of an exchange: its byte limit, and the causes for too many bytes, lateness and a broken connection.

    `bytes_max` is None for the phase that only the exchange's budget bounds.
    """

    bytes_max: int | None
    too_much: FailureCause
    too_late: FailureCause
    broken: FailureCause


CIRCUIT = ExchangePhase(512, FailureCause.TOR_DOWN, FailureCause.CIRCUIT_LOST, FailureCause.TOR_DOWN)
"""From the first byte until tor reports that the onion service is connected."""
HANDSHAKE = ExchangePhase(256 * 1024, FailureCause.TLS, FailureCause.DEADLINE, FailureCause.TLS)
HEAD = ExchangePhase(96 * 1024, FailureCause.TOO_MANY_HEADERS, FailureCause.DEADLINE, FailureCause.CUT_SHORT)
BODY = ExchangePhase(None, FailureCause.TOO_LARGE, FailureCause.DEADLINE, FailureCause.CUT_SHORT)


class Ended(OSError):  # noqa: N818 - an end, not always an error
    """The exchange is over; the meter knows why. Holds no text. An OSError, so that libraries close what they hold."""


class Meter:
    """Counts one exchange. Used by one thread at a time."""

    def __init__(self, budget: Budget, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._ends = now() + budget.seconds
        self.budget_bytes = budget.untrusted_bytes
        self.stage = CIRCUIT
        self._ceiling = 0
        self.received_bytes = 0
        self.cause: FailureCause | None = None
        self.socks_reply: int | None = None
        self.enter(CIRCUIT)

    def enter(self, stage: ExchangePhase) -> None:
        """Apply this phase's limits from now on, next to the budget's."""
        room = self.budget_bytes if stage.bytes_max is None else self.received_bytes + stage.bytes_max
        self._ceiling = min(self.budget_bytes, room)
        self.stage = stage

    def end(self, cause: FailureCause, socks_reply: int | None = None) -> Ended:
        """Return the error to raise; the first cause stays."""
        if self.cause is None:
            self.cause, self.socks_reply = cause, socks_reply
        return Ended()

    def late(self) -> Ended:
        """Return the error to raise if the deadline has passed."""
        return self.end(self.stage.too_late)

    def seconds_left(self) -> float:
        """More than 0; raises Ended when the deadline has passed."""
        left = self._ends - self._now()
        if left <= 0:
            raise self.late()
        return left

    def room(self, wanted: int) -> int:
        """Return how many of the wanted bytes may be read now, at least 1; raise Ended if none may."""
        left = self._ceiling - self.received_bytes
        if left <= 0:
            raise self.end(FailureCause.TOO_LARGE if self._ceiling == self.budget_bytes else self.stage.too_much)
        return min(wanted, left)

    def expect(self, more: int) -> None:
        """Check an announced length; raise Ended at once if it exceeds the budget."""
        if self.received_bytes + more > self.budget_bytes:
            raise self.end(FailureCause.TOO_LARGE)

    def count(self, received: int) -> None:
        """Count bytes that arrived."""
        self.received_bytes += received
