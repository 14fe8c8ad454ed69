"""The schedule: sites come, go, return, fall due and fail."""

from datetime import timedelta

from reports.ledger import SiteKey
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
