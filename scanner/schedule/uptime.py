"""A site's history in spans: when it answered, when not, when it was down, and why. Pure.

A span runs from the first visit that showed a state to the last one in a row that showed the same; between two visits
nothing is known. Visits without a result (our tor ill, a silent canary, an early end) form a span of their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reports.ledger.ledger import PastVisit


class UptimeObservation(StrEnum):
    """What a visit shows of its site."""

    ANSWERED = "answered"
    NO_ANSWER = "no answer"
    DOWN = "down"
    UNKNOWN = "unknown"
    """No result: our own tor was ill, the canary was silent, the visit was stopped, or nothing was fetched."""


@dataclass(frozen=True, slots=True)
class Span:
    """Visits in a row that showed the same; times are those of their ends."""

    seen: UptimeObservation
    outcome: str
    first: datetime
    last: datetime
    visits: int


@dataclass(frozen=True, slots=True)
class Uptime:
    """In how many of the visits with a result the site was reached."""

    answered: int
    told: int

    @property
    def share(self) -> float | None:
        """None if no visit has a result."""
        return self.answered / self.told if self.told else None


def seen(visit: PastVisit) -> UptimeObservation:
    """Return what one visit shows."""
    if visit.counts.unknown:
        return UptimeObservation.UNKNOWN
    if not visit.failed:
        return UptimeObservation.ANSWERED
    return UptimeObservation.DOWN if visit.down else UptimeObservation.NO_ANSWER


def uptime(history: Iterable[PastVisit]) -> Uptime:
    """Over the visits that the history holds."""
    told = [shown for shown in map(seen, history) if shown is not UptimeObservation.UNKNOWN]
    return Uptime(sum(shown is UptimeObservation.ANSWERED for shown in told), len(told))


def spans(history: Sequence[PastVisit]) -> tuple[Span, ...]:
    """Return the spans of a history (newest first, as the ledger returns it), newest first."""
    found: list[Span] = []
    for visit in reversed(history):
        last = found[-1] if found else None
        if last is not None and (last.seen, last.outcome) == (seen(visit), visit.outcome):
            found[-1] = Span(last.seen, last.outcome, last.first, visit.ended, last.visits + 1)
        else:
            found.append(Span(seen(visit), visit.outcome, visit.ended, visit.ended, 1))
    return tuple(reversed(found))
