"""What one exchange has cost so far, against its deadline and its byte budget. Every byte and second is counted here.

Rules:
- One deadline for the whole exchange, from the first byte to tor to the last of the body; a slow drip gains nothing.
- Every byte that comes in counts: SOCKS replies, TLS records, 1xx answers, headers, body, trailers.
- Each stage has a ceiling of its own, so that a head cannot eat the body's budget.
- The first thing that ends an exchange is its cause; whatever other errors follow from it change nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Budget


@dataclass(frozen=True, slots=True)
class ExchangePhase:
    """A part of an exchange: how many bytes may come in during it, and what it means when it is too much, when it is
    too late, and when the connection breaks.

    `bytes_max` is None for the stage that only the exchange's own budget bounds.
    """

    bytes_max: int | None
    too_much: FailureCause
    too_late: FailureCause
    broken: FailureCause


CIRCUIT = ExchangePhase(512, FailureCause.TOR_DOWN, FailureCause.CIRCUIT_LOST, FailureCause.TOR_DOWN)
"""From the first byte until tor says that the onion service is connected."""
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
        """From now on this stage's limits hold, and the budget's always."""
        room = self.budget_bytes if stage.bytes_max is None else self.received_bytes + stage.bytes_max
        self._ceiling = min(self.budget_bytes, room)
        self.stage = stage

    def end(self, cause: FailureCause, socks_reply: int | None = None) -> Ended:
        """The error to raise; the first cause stays."""
        if self.cause is None:
            self.cause, self.socks_reply = cause, socks_reply
        return Ended()

    def late(self) -> Ended:
        """The error to raise when the deadline has passed."""
        return self.end(self.stage.too_late)

    def seconds_left(self) -> float:
        """More than 0; raises Ended when the deadline has passed."""
        left = self._ends - self._now()
        if left <= 0:
            raise self.late()
        return left

    def room(self, wanted: int) -> int:
        """How many of the wanted bytes may be read now, at least 1; raises Ended when none may."""
        left = self._ceiling - self.received_bytes
        if left <= 0:
            raise self.end(FailureCause.TOO_LARGE if self._ceiling == self.budget_bytes else self.stage.too_much)
        return min(wanted, left)

    def expect(self, more: int) -> None:
        """So many bytes are announced; raises Ended at once when they are more than the budget."""
        if self.received_bytes + more > self.budget_bytes:
            raise self.end(FailureCause.TOO_LARGE)

    def count(self, received: int) -> None:
        """These many bytes have come in."""
        self.received_bytes += received
