"""When a site is due again."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reports.ledger.ledger import QueueLane, ScheduledSite, SiteKey
from scanner.schedule.policy import (
    CLOSER_AT_FIRST,
    CLOSER_LATER,
    CLOSER_SHARE,
    CLOSER_UNTIL,
    HEAD_START,
    RetryPolicy,
    SiteHistory,
    VisitObservation,
    after_visit,
    choose,
    retry_wait,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PACE = RetryPolicy(retry_first=timedelta(minutes=15), retry_most=2 * DAY)
NEW = SiteHistory("a-list", "an address", NOW)
UP, DOWN = VisitObservation(reached=True), VisitObservation(reached=False)
STRIKE = VisitObservation(reached=True, strike=True)

FIRST = st.timedeltas(timedelta(minutes=1), DAY)
PACES = st.builds(RetryPolicy, FIRST, st.timedeltas(DAY, 365 * DAY), st.integers(0, 9))
SITES = st.builds(
    SiteHistory,
    st.just("a-list"),
    st.text(max_size=60),
    st.just(NOW),
    st.integers(0, 10_000),
    reached=st.integers(0, 200),
    strikes=st.integers(0, 30),
)
LOTS = st.floats(0, 1)
VISITS = st.builds(VisitObservation, st.booleans(), st.booleans(), st.booleans(), LOTS)


@given(SITES, st.timedeltas(timedelta(hours=1), 365 * DAY), PACES)
def test_a_site_that_answers_is_due_after_its_review_interval(
    site: SiteHistory, review: timedelta, pace: RetryPolicy
) -> None:
    after = after_visit(site, NOW, review, pace, UP)
    assert (after.due, after.failures, after.visited) == (NOW + review, 0, NOW)


@given(SITES, PACES)
def test_a_site_that_fails_waits_no_longer_than_the_longest_and_never_not_at_all(
    site: SiteHistory, pace: RetryPolicy
) -> None:
    after = after_visit(site, NOW, DAY, pace, DOWN)
    assert after.failures == site.failures + 1
    assert pace.retry_first / 2 <= after.due - NOW <= pace.retry_most


@given(SITES, PACES)
def test_waits_grow_over_two_failures_until_the_longest(site: SiteHistory, pace: RetryPolicy) -> None:
    # Jitter takes away less than half, and a doubling more than makes up for it.
    now, later = (retry_wait(site.address, site.failures + more, pace) for more in (1, 3))
    assert later > now or later >= pace.retry_most / 2


@given(SITES, PACES)
def test_the_same_site_attempt_and_seed_give_the_same_wait(site: SiteHistory, pace: RetryPolicy) -> None:
    again = replace(site, due=NOW + DAY)
    one, other = (after_visit(each, NOW, DAY, pace, DOWN) for each in (site, again))
    assert one.due == other.due


def test_the_first_retry_is_soon_and_the_last_ones_are_rare() -> None:
    known = replace(NEW, reached=1)
    assert after_visit(known, NOW, DAY, PACE, DOWN).due - NOW <= timedelta(minutes=15)
    assert retry_wait("an address", 40, PACE) >= DAY


@given(SITES, PACES)
def test_a_site_that_never_answered_waits_at_least_as_long_as_one_that_did(
    site: SiteHistory, pace: RetryPolicy
) -> None:
    waits = [retry_wait(site.address, site.failures + 1, pace, was_up=up) for up in (True, False)]
    assert waits[0] <= waits[1] <= pace.retry_most


def test_a_site_that_comes_back_starts_anew() -> None:
    site = NEW
    for _ in range(9):
        site = after_visit(site, site.due, DAY, PACE, DOWN)
    up = after_visit(site, site.due, DAY, PACE, UP)
    down = after_visit(up, up.due, DAY, PACE, DOWN)
    assert down.due - up.due <= timedelta(minutes=15)


def test_sites_that_failed_together_are_spread_over_half_the_wait() -> None:
    waits = sorted(retry_wait(f"address {number}", 1, PACE) for number in range(1_000))
    gaps = [later - earlier for earlier, later in itertools.pairwise(waits)]
    assert waits[-1] - waits[0] > 0.98 * PACE.retry_first / 2
    assert max(gaps) < timedelta(seconds=10)


def test_two_scanners_do_not_fail_in_step() -> None:
    other = RetryPolicy(PACE.retry_first, PACE.retry_most, seed=1)
    assert retry_wait("an address", 3, PACE) != retry_wait("an address", 3, other)


# Closer review: by finding or by lot, and nobody can tell which.


@given(SITES, st.timedeltas(timedelta(hours=1), 365 * DAY), PACES, VISITS)
def test_under_closer_review_a_site_that_answers_is_due_sooner(
    site: SiteHistory, review: timedelta, pace: RetryPolicy, seen: VisitObservation
) -> None:
    after = after_visit(site, NOW, review, pace, seen)
    if seen.reached and after.quarantined_until is None:
        assert after.due == NOW + (review * CLOSER_SHARE if after.closer else review)


@given(SITES, PACES, VISITS, VISITS)
def test_closer_review_stays_whatever_is_found_later(
    site: SiteHistory, pace: RetryPolicy, one: VisitObservation, other: VisitObservation
) -> None:
    closer = after_visit(site, NOW, DAY, pace, one)
    assert after_visit(closer, NOW, DAY, pace, other).closer >= closer.closer


@given(SITES, PACES, VISITS)
def test_what_was_found_does_no_more_than_a_lot_that_wins(
    site: SiteHistory, pace: RetryPolicy, seen: VisitObservation
) -> None:
    by_finding = after_visit(site, NOW, DAY, pace, replace(seen, beside_known=True, lot=1.0))
    by_lot = after_visit(site, NOW, DAY, pace, replace(seen, beside_known=False, lot=0.0))
    assert by_finding == by_lot


@given(SITES, PACES, LOTS)
def test_the_lot_is_drawn_at_each_visit_that_reaches_until_the_end(
    site: SiteHistory, pace: RetryPolicy, lot: float
) -> None:
    share = CLOSER_AT_FIRST if site.reached == 0 else CLOSER_LATER
    after = after_visit(site, NOW, DAY, pace, VisitObservation(reached=True, lot=lot))
    assert after.closer == (lot < share and site.reached < CLOSER_UNTIL)


def test_a_finding_brings_no_closer_review_once_lots_bring_none() -> None:
    late = replace(NEW, reached=CLOSER_UNTIL)
    assert not after_visit(late, NOW, DAY, PACE, VisitObservation(reached=True, beside_known=True)).closer


# Quarantine


def test_a_site_that_keeps_killing_workers_is_quarantined_for_longer_and_longer() -> None:
    site, waits = NEW, []
    for _ in range(9):
        site = after_visit(site, site.due, DAY, PACE, STRIKE)
        waits.append(site.quarantined_until and (site.due - (site.visited or NOW)) // DAY)
    assert waits == [None, None, 7, 14, 28, 56, 56, 56, 56]


@given(SITES, PACES, VISITS)
def test_quarantine_needs_a_strike_and_is_never_for_ever(
    site: SiteHistory, pace: RetryPolicy, seen: VisitObservation
) -> None:
    after = after_visit(site, NOW, DAY, pace, seen)
    quarantined = seen.strike and site.strikes + 1 >= pace.strikes
    assert (after.quarantined_until is not None) == quarantined
    assert after.due - NOW <= max(DAY, pace.retry_most, pace.quarantine_most)


def test_a_clean_visit_takes_the_strikes_back_and_a_failed_one_does_not() -> None:
    struck = replace(NEW, strikes=2)
    assert after_visit(struck, NOW, DAY, PACE, UP).strikes == 0
    assert after_visit(struck, NOW, DAY, PACE, DOWN).strikes == 2


# Who goes first

DUE = st.lists(
    st.builds(
        lambda number, lane, minutes: a_site(f"a-list-{number % 3}", number // 3, lane, minutes),
        st.integers(0, 30),
        st.sampled_from(QueueLane),
        st.integers(0, 90 * 1_440),
    ),
    max_size=30,
    unique_by=lambda site: site.key,
)


def a_site(list_id: str, number: int, lane: QueueLane, minutes: int) -> ScheduledSite:
    return ScheduledSite(
        SiteKey(list_id, f"address {number}"), NOW - timedelta(minutes=minutes), 0, "", None, 0, "", lane=lane
    )


@given(DUE, st.integers(0, 40))
def test_as_many_are_chosen_as_there_is_room_for_and_no_address_twice(due: list[ScheduledSite], room: int) -> None:
    chosen = choose(due, room)
    addresses = [site.key.address for site in chosen]
    assert len(set(addresses)) == len(addresses) == min(room, len({site.key.address for site in due}))
    assert set(chosen) <= set(due)


@given(DUE, st.integers(0, 40))
def test_within_a_lane_who_waits_longest_goes_first(due: list[ScheduledSite], room: int) -> None:
    chosen = choose(due, room)
    for lane in QueueLane:
        waits = [site.due for site in chosen if site.lane is lane]
        assert waits == sorted(waits)


@given(DUE)
def test_nobody_is_overtaken_by_more_than_the_head_start_of_the_other_lane(due: list[ScheduledSite]) -> None:
    for earlier, later in itertools.combinations(choose(due, len(due)), 2):
        assert earlier.due - later.due <= HEAD_START[earlier.lane] - HEAD_START[later.lane]


def test_the_authoritys_urgency_goes_before_new_listings_and_those_before_routine() -> None:
    due = [a_site("a-list", number, lane, minutes=60 - number) for number, lane in enumerate(reversed(QueueLane))]
    assert [site.lane for site in choose(due, 9)] == list(QueueLane)
