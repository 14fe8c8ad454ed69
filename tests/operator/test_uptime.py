"""A history in spans, and how often a site answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reports.ledger.ledger import PastVisit, VisitCounts
from scanner.schedule.uptime import UptimeObservation, seen, spans, uptime
from scanner.visit.progress import GIVEN_BACK

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
COUNTS = VisitCounts(NOW, 1, 0, 0, 9, 0, tor_healthy=True)
SHOWN = {
    "visited": (False, False, UptimeObservation.ANSWERED),
    "empty reply": (False, False, UptimeObservation.ANSWERED),
    "no descriptor found": (True, False, UptimeObservation.NO_ANSWER),
    "introduction failed": (True, True, UptimeObservation.DOWN),
    GIVEN_BACK: (False, False, UptimeObservation.UNKNOWN),
}


def history(outcomes: list[str]) -> list[PastVisit]:
    """Newest first, as the ledger gives it; `outcomes` oldest first."""
    visits = [
        PastVisit(
            n,
            NOW + timedelta(hours=n),
            outcome,
            *SHOWN[outcome][:2],
            replace(COUNTS, unknown=SHOWN[outcome][2] is UptimeObservation.UNKNOWN),
        )
        for n, outcome in enumerate(outcomes)
    ]
    return visits[::-1]


OUTCOMES = st.lists(st.sampled_from(list(SHOWN)), max_size=30)


@given(OUTCOMES)
def test_spans_hold_every_visit_once_in_order_and_neighbours_differ(outcomes: list[str]) -> None:
    found = spans(history(outcomes))
    told = [span.outcome for span in reversed(found) for _ in range(span.visits)]
    assert told == outcomes
    assert all(one.first <= one.last for one in found)
    assert all(later.last < earlier.first for earlier, later in pairwise(found))
    assert all((a.seen, a.outcome) != (b.seen, b.outcome) for a, b in pairwise(found))


@given(OUTCOMES)
def test_what_a_visit_shows_and_how_often_it_was_up(outcomes: list[str]) -> None:
    assert [seen(visit) for visit in reversed(history(outcomes))] == [SHOWN[outcome][2] for outcome in outcomes]
    of = uptime(history(outcomes))
    assert of.told == sum(outcome != GIVEN_BACK for outcome in outcomes)
    assert of.share is None or 0 <= of.share <= 1


def test_a_failure_alone_is_not_down() -> None:
    assert seen(history(["no descriptor found"])[0]) is UptimeObservation.NO_ANSWER
