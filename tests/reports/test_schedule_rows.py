"""The schedule: sites come, go, return, fall due and fail."""

from datetime import timedelta
from uuid import uuid4

import pytest

from reports.ledger.ledger import Claim, Footing, Mode, QueueLane, Remembered, SiteKey, Terms, Urgency, VisitCounts
from reports.log.entry import Kind
from reports.store.overview import ListedState, state_of
from reports.store.rows import history
from tests.reports.benches import A_DAY, NOON, Bench, site

AN_HOUR = timedelta(hours=1)


def due(bench: Bench) -> list[SiteKey]:
    return [found.key for found in bench.ledger.due(bench.now, 99)]


def test_sites_fall_due_the_longest_due_first(bench: Bench) -> None:
    bench.ledger.set_sites({site(1): NOON, site(2): NOON - AN_HOUR, site(3): NOON + AN_HOUR})
    assert due(bench) == [site(2), site(1)]
    assert [found.key for found in bench.ledger.due(NOON, 1)] == [site(2)]
    assert bench.ledger.next_due() == NOON - AN_HOUR


def test_an_empty_schedule_has_nothing_due(bench: Bench) -> None:
    assert bench.ledger.next_due() is None
    assert due(bench) == []


def test_sites_that_stay_keep_when_they_are_due(bench: Bench) -> None:
    bench.ledger.set_sites({site(1): NOON})
    bench.ledger.set_sites({site(1): NOON + A_DAY, site(2): NOON + A_DAY})
    assert due(bench) == [site(1)]


def test_a_site_that_is_gone_is_never_due_and_keeps_its_history(bench: Bench) -> None:
    bench.visit(1)
    bench.ledger.set_sites({})
    bench.now += 2 * A_DAY
    assert due(bench) == []
    assert list(bench.ledger.sites()) == []
    assert bench.ledger.next_due() is None
    assert bench.ledger.claim(site(1), "run", "visit-9") is None
    bench.ledger.set_sites({site(1): bench.now})
    (back,) = bench.ledger.due(bench.now, 9)
    assert (back.attempt, back.last_visit, back.last_outcome) == (1, NOON, "visited")


def test_a_site_retired_while_it_is_visited_may_finish(bench: Bench) -> None:
    claim = bench.claim(1)
    bench.ledger.set_sites({})
    bench.page(claim)
    bench.end(claim)
    bench.now += 2 * A_DAY
    assert due(bench) == []


def test_the_end_of_a_visit_says_when_the_next_is_due(bench: Bench) -> None:
    bench.visit(1)
    assert bench.ledger.next_due() == NOON + A_DAY
    assert due(bench) == []
    bench.now += A_DAY
    assert due(bench) == [site(1)]


def test_failures_count_until_a_visit_succeeds(bench: Bench) -> None:
    for number, failed in enumerate((True, True, False)):
        bench.end(bench.claim(1, visit=f"visit-{number}"), failed=failed)
        (found,) = bench.ledger.sites()
        assert found.failures == (0 if not failed else number + 1)


def test_a_held_site_does_not_count_as_next(bench: Bench) -> None:
    bench.ledger.set_sites({site(1): NOON, site(2): NOON + AN_HOUR})
    assert bench.ledger.claim(site(1), "run", "visit-1")
    assert bench.ledger.next_due() == NOON + AN_HOUR


def test_a_released_site_stays_due(bench: Bench) -> None:
    bench.ledger.release(bench.claim(1))
    assert due(bench) == [site(1)]


def test_sites_are_made_due_now_but_never_later(bench: Bench) -> None:
    bench.ledger.set_sites({site(1): NOON + A_DAY, site(2): NOON - A_DAY, site(3): NOON + A_DAY})
    bench.ledger.make_due([site(1), site(2), site(9)], NOON)
    assert due(bench) == [site(2), site(1)]
    assert bench.ledger.next_due() == NOON - A_DAY


def test_instants_keep_their_microseconds_and_zone(bench: Bench) -> None:
    odd = NOON + timedelta(microseconds=123457)
    bench.ledger.set_sites({site(1): odd})
    assert bench.ledger.next_due() == odd
    assert next(bench.ledger.sites()).due.tzinfo == NOON.tzinfo


# Lanes


def lanes(bench: Bench) -> dict[SiteKey, QueueLane]:
    return {found.key: found.lane for found in bench.ledger.sites()}


def test_the_lane_follows_from_urgency_first_visit_and_closer_review(bench: Bench) -> None:
    terms = {site(n): Terms(urgency, A_DAY) for n, urgency in enumerate(Urgency, start=1)}
    bench.ledger.set_sites(dict.fromkeys(terms, NOON), terms)
    assert lanes(bench) == {site(1): QueueLane.URGENT, site(2): QueueLane.NEW, site(3): QueueLane.NEW}
    for number in (1, 2, 3):
        bench.end(known(bench, number))
    assert lanes(bench) == {site(1): QueueLane.URGENT, site(2): QueueLane.PRIORITY, site(3): QueueLane.ROUTINE}
    claim = known(bench, 3)
    bench.ledger.end_visit(claim, "visited", NOON, failed=False, remembered=Remembered(Footing(closer=True)))
    assert lanes(bench)[site(3)] is QueueLane.PRIORITY


def known(bench: Bench, number: int) -> Claim:
    claim = bench.ledger.claim(site(number), "run", str(uuid4()))
    assert claim is not None
    return claim


def test_each_lane_gives_its_longest_due(bench: Bench) -> None:
    terms = {site(n): Terms(Urgency.URGENT if n < 5 else Urgency.ROUTINE, A_DAY) for n in range(1, 9)}
    bench.ledger.set_sites({key: NOON - n * AN_HOUR for n, key in enumerate(terms)}, terms)
    assert [found.key for found in bench.ledger.due(NOON, 2)] == [site(4), site(3), site(8), site(7)]


def test_a_site_whose_urgency_is_raised_is_due_at_once_and_one_that_is_lowered_is_not(bench: Bench) -> None:
    routine, urgent = ({site(1): Terms(urgency, A_DAY)} for urgency in (Urgency.ROUTINE, Urgency.URGENT))
    bench.ledger.set_sites({site(1): NOON}, routine)
    bench.end(known(bench, 1))
    bench.ledger.set_sites({site(1): NOON}, urgent)
    assert (due(bench), lanes(bench)) == ([site(1)], {site(1): QueueLane.URGENT})
    bench.end(known(bench, 1))
    bench.ledger.set_sites({site(1): NOON}, routine)
    assert (due(bench), lanes(bench)) == ([], {site(1): QueueLane.ROUTINE})


def test_a_shorter_review_interval_counts_from_now_on(bench: Bench) -> None:
    bench.end(bench.claim(1))
    bench.ledger.set_sites({site(1): NOON}, {site(1): Terms(Urgency.ROUTINE, AN_HOUR)})
    assert bench.ledger.next_due() == NOON + AN_HOUR
    bench.ledger.set_sites({site(1): NOON}, {site(1): Terms(Urgency.ROUTINE, 9 * A_DAY)})
    assert bench.ledger.next_due() == NOON + AN_HOUR


WAITS = Terms(Urgency.ROUTINE, review=A_DAY, retry_most=4 * A_DAY, quarantine_most=56 * A_DAY)


@pytest.mark.parametrize(
    ("failed", "quarantined", "longest"),
    [
        (False, False, WAITS.review),
        (True, False, WAITS.retry_most),
        (True, True, WAITS.quarantine_most),
    ],
)
def test_a_wait_from_a_clock_that_was_ahead_is_cut_to_the_longest_there_is(
    bench: Bench, *, failed: bool, quarantined: bool, longest: timedelta
) -> None:
    for wait, expected in ((3_650 * A_DAY, longest), (longest - AN_HOUR, longest - AN_HOUR)):
        until = NOON + wait
        remembered = Remembered(Footing(quarantined_until=until if quarantined else None))
        bench.ledger.end_visit(bench.claim(1), "visited", until, failed=failed, remembered=remembered)
        bench.ledger.set_sites({site(1): NOON}, {site(1): WAITS})
        (found,) = bench.ledger.sites()
        assert (found.due, found.quarantined_until) == (NOON + expected, NOON + expected if quarantined else None)


# Pause, quarantine, history


def test_a_paused_site_is_not_due_until_it_is_resumed_and_both_are_logged(bench: Bench) -> None:
    bench.ledger.set_sites({site(1): NOON, site(1, "list-2"): NOON, site(2): NOON})
    assert bench.ledger.pause_site(site(1).address, paused=True) == 2
    assert due(bench) == [site(2)]
    assert bench.ledger.overview().states() == {(ListedState.PAUSED, ""): 2, (ListedState.NEW, ""): 1}
    assert bench.ledger.pause_site(site(1).address, paused=False) == 2
    assert bench.ledger.pause_site(site(1).address, paused=False) == 0
    assert len(due(bench)) == 3
    assert bench.ledger.pause_site("nobody", paused=True) == 0
    assert bench.kinds()[-2:] == [Kind.SITE_PAUSED, Kind.SITE_RESUMED], "each once: the second changed nothing"


def test_quarantine_is_logged_and_lifted_by_command_or_by_the_next_visit(bench: Bench) -> None:
    quarantined = Remembered(Footing(strikes=3, quarantined_until=NOON + 7 * A_DAY))
    for lift in (True, False):
        claim = bench.claim(1, visit=f"visit-{lift}")
        bench.ledger.end_visit(claim, "visited", NOON + A_DAY, failed=False, remembered=quarantined)
        assert bench.kinds()[-1] is Kind.SITE_QUARANTINED
        (found,) = bench.ledger.sites()
        assert (state_of(found), found.strikes) == (ListedState.QUARANTINED, 3)
        if lift:
            assert bench.ledger.release_quarantined(site(1).address) == 1
            assert due(bench) == [site(1)]
            assert bench.ledger.release_quarantined(site(1).address) == 0
        else:
            bench.end(bench.claim(1, visit="visit-after"))
        assert [state_of(found) for found in bench.ledger.sites()] != [ListedState.QUARANTINED]


def test_a_raised_urgency_does_not_lift_a_quarantine(bench: Bench) -> None:
    until = NOON + 7 * A_DAY
    remembered = Remembered(Footing(strikes=3, quarantined_until=until))
    bench.ledger.end_visit(bench.claim(1), "visited", until, failed=False, remembered=remembered)
    bench.ledger.set_sites({site(1): NOON}, {site(1): Terms(Urgency.URGENT, AN_HOUR)})
    assert bench.ledger.next_due() == until


def test_the_history_holds_the_newest_visits_only(bench: Bench) -> None:
    counts = VisitCounts(NOON, 1, 0, 0, 9, 0, tor_healthy=True)
    bench.ledger.set_sites({site(1): NOON})
    for _ in range(history.KEPT + 3):
        bench.ledger.end_visit(known(bench, 1), "visited", NOON, failed=False, remembered=Remembered(counts=counts))
    kept = bench.ledger.overview().history(site(1))
    assert [one.attempt for one in kept] == list(range(history.KEPT + 3, 3, -1))
    assert kept[0].counts == counts


def test_the_mode_outlives_the_ledger_and_is_logged(bench: Bench) -> None:
    assert bench.ledger.control().mode is Mode.RUNNING
    bench.ledger.ask(Mode.PAUSED, "moving house")
    bench.ledger.close()
    bench.ledger = bench.opened()
    assert (bench.ledger.control().mode, bench.ledger.control().reason) == (Mode.PAUSED, "moving house")
    assert bench.kinds()[-1] is Kind.MODE_SET
