"""When a site is due again."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scanner.schedule import Pace, SiteState, after_visit, retry_wait

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PACE = Pace(retry_first=timedelta(minutes=15), retry_most=2 * DAY)
NEW = SiteState("a-list", "an address", NOW)

FIRST = st.timedeltas(timedelta(minutes=1), DAY)
PACES = st.builds(Pace, FIRST, st.timedeltas(DAY, 365 * DAY), st.integers(0, 9))
SITES = st.builds(SiteState, st.just("a-list"), st.text(max_size=60), st.just(NOW), st.integers(0, 10_000))


@given(SITES, st.timedeltas(timedelta(hours=1), 365 * DAY), PACES)
def test_a_site_that_answers_is_due_after_its_review_interval(site: SiteState, review: timedelta, pace: Pace) -> None:
    after = after_visit(site, NOW, review, pace, reached=True)
    assert (after.due, after.failures, after.visited) == (NOW + review, 0, NOW)


@given(SITES, PACES)
def test_a_site_that_fails_waits_no_longer_than_the_longest_and_never_not_at_all(site: SiteState, pace: Pace) -> None:
    after = after_visit(site, NOW, DAY, pace, reached=False)
    assert after.failures == site.failures + 1
    assert pace.retry_first / 2 <= after.due - NOW <= pace.retry_most


@given(SITES, PACES)
def test_waits_grow_over_two_failures_until_the_longest(site: SiteState, pace: Pace) -> None:
    # Jitter takes away less than half, and a doubling more than makes up for it.
    now, later = (retry_wait(site.address, site.failures + more, pace) for more in (1, 3))
    assert later > now or later >= pace.retry_most / 2


@given(SITES, PACES)
def test_the_same_site_attempt_and_seed_give_the_same_wait(site: SiteState, pace: Pace) -> None:
    again = SiteState(site.list_id, site.address, NOW + DAY, site.failures)
    one, other = (after_visit(each, NOW, DAY, pace, reached=False) for each in (site, again))
    assert one.due == other.due


def test_the_first_retry_is_soon_and_the_last_ones_are_rare() -> None:
    assert after_visit(NEW, NOW, DAY, PACE, reached=False).due - NOW <= timedelta(minutes=15)
    assert retry_wait("an address", 40, PACE) >= DAY


def test_a_site_that_comes_back_starts_anew() -> None:
    site = NEW
    for _ in range(9):
        site = after_visit(site, site.due, DAY, PACE, reached=False)
    up = after_visit(site, site.due, DAY, PACE, reached=True)
    down = after_visit(up, up.due, DAY, PACE, reached=False)
    assert down.due - up.due <= timedelta(minutes=15)


def test_sites_that_failed_together_are_spread_over_half_the_wait() -> None:
    waits = sorted(retry_wait(f"address {number}", 1, PACE) for number in range(1_000))
    gaps = [later - earlier for earlier, later in itertools.pairwise(waits)]
    assert waits[-1] - waits[0] > 0.98 * PACE.retry_first / 2
    assert max(gaps) < timedelta(seconds=10)


def test_two_scanners_do_not_fail_in_step() -> None:
    other = Pace(PACE.retry_first, PACE.retry_most, seed=1)
    assert retry_wait("an address", 3, PACE) != retry_wait("an address", 3, other)
