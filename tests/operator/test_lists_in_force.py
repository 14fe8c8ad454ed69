"""Lists that change while a daemon runs: read outside of its ticks, in force once verified, gone at once when gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from sys import getswitchinterval, setswitchinterval
from threading import Event, Thread
from time import thread_time
from typing import Any

import pytest

from config.clock import utc_now
from reports.ledger.ledger import Footing, Remembered, SiteKey
from scanner.authority.active_lists import _NOTHING, AuthorityListsSnapshot, let_go
from scanner.authority.list_store import SUFFIX, Listing
from scanner.authority.verify import _VERIFIED, AuthorityList
from tests.authority.making import a_target, address, verified
from tests.operator.desk import PACE, Blocked, Desk, SimulatedScanner


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@contextmanager
def reading(desk: Desk, scanner: SimulatedScanner, method: str = "there_are") -> Iterator[Blocked]:
    """Sites 2 and 3 in place of 1 and 2, in a list that is being read, or by which the schedule is being set."""
    blocked: Any = Blocked(scanner.ledger, method)
    scanner.lists.ledger = blocked
    desk.list_sites([a_target(number, requests_per_minute=6_000) for number in (2, 3)])
    while not blocked.begun.is_set():
        scanner.lists.follow(utc_now())
    try:
        yield blocked
    finally:
        blocked.goes_on.set()
        scanner.lists.close()


def listed(scanner: SimulatedScanner) -> list[bool]:
    return [scanner.lists.permits.listed(address(number), utc_now()) for number in (1, 2, 3)]


def named(scanner: SimulatedScanner) -> set[str]:
    return {key.address for key in scanner.lists.listings}


def test_ticks_go_on_under_the_old_list_until_the_new_one_is_verified(desk: Desk) -> None:
    scanner = desk.scanner()
    daemon = scanner.daemon()
    with reading(desk, scanner) as blocked:
        daemon.tick()
        assert (named(scanner), listed(scanner)) == ({address(1), address(2)}, [True, True, False])
        blocked.goes_on.set()
        assert scanner.lists.refresh(utc_now())
        assert (named(scanner), listed(scanner)) == ({address(2), address(3)}, [False, True, True])
        assert {site.key.address for site in scanner.ledger.sites()} == {address(2), address(3)}
        daemon._rounds.close(10)


def test_what_is_listed_no_more_counts_no_more_before_the_schedule_follows(desk: Desk) -> None:
    scanner = desk.scanner()
    with reading(desk, scanner, "set_sites"):
        assert (named(scanner), listed(scanner)) == ({address(2), address(3)}, [False, True, True])
        assert {site.key.address for site in scanner.ledger.sites()} == {address(1), address(2)}
        daemon = scanner.daemon()
        daemon.tick()
        daemon._rounds.close(10)
        assert {url for url in scanner.onions.asked if address(1) in url} == set()


def test_a_list_that_is_taken_away_counts_no_more_at_once(desk: Desk) -> None:
    scanner = desk.scanner()
    with reading(desk, scanner):
        (kept,) = scanner.layout.lists.glob(f"*{SUFFIX}")
        kept.rename(aside := desk.folder / "aside")
        daemon = scanner.daemon()
        daemon.tick()
        assert listed(scanner) == [False] * 3
        assert daemon.tallies.under_way == 0
        aside.rename(kept)
        daemon.tick()
        assert listed(scanner) == [True, True, False]
        daemon._rounds.close(10)


def test_a_list_whose_window_ends_counts_no_more_at_once(desk: Desk) -> None:
    scanner = desk.scanner()
    with reading(desk, scanner):
        ends = next(iter(scanner.lists.listings.values())).authority_list.form.valid_until
        scanner.lists.follow(ends)
        listings = scanner.lists.listings
        assert {one.authority_list.in_force(ends) for one in listings.values()} == {False}
        assert not any(scanner.lists.permits.count(one.authority_list, ends) for one in listings.values())
        assert all(scanner.lists.permits.count(one.authority_list, utc_now()) for one in listings.values())


def test_a_clock_that_is_set_ahead_and_back_again_leaves_the_list_in_force(desk: Desk) -> None:
    scanner = desk.scanner()
    ends = next(iter(scanner.lists.listings.values())).authority_list.form.valid_until
    scanner.lists.refresh(ends)
    assert (named(scanner), listed(scanner)) == (set(), [False] * 3)
    scanner.lists.refresh(utc_now())
    assert (named(scanner), listed(scanner)) == ({address(1), address(2)}, [True, True, False])
    scanner.lists.close()


@pytest.mark.parametrize("set_back", [True, False])
def test_what_was_visited_under_a_clock_that_was_ahead_is_due_after_its_longest_wait(
    desk: Desk, *, set_back: bool
) -> None:
    scanner = desk.scanner()
    (kept, due), *_ = ((site.key, site.due) for site in scanner.ledger.sites())
    claim = scanner.ledger.claim(kept, "run", "visit")
    assert claim is not None
    ahead = due + timedelta(days=3_650)
    scanner.ledger.end_visit(claim, "circuit lost", ahead, failed=True, remembered=Remembered(Footing()))
    now = utc_now()
    for instant in (now + timedelta(seconds=1), now if set_back else now + timedelta(seconds=2)):
        scanner.lists.follow(instant)
    while scanner.lists._setting.busy:
        scanner.lists.follow(now + timedelta(seconds=3))
    (again,) = (site.due for site in scanner.ledger.sites() if site.key == kept)
    assert (again < now + PACE.retry_most + timedelta(hours=1)) == set_back
    assert (again == ahead) != set_back
    scanner.lists.close()


def test_a_list_that_does_not_hold_takes_nothing_from_the_others_and_is_named(desk: Desk) -> None:
    scanner = desk.scanner()
    forged = scanner.layout.lists / f"forged{SUFFIX}"
    forged.write_bytes(b"untrusted comment: x")
    scanner.lists.refresh(utc_now())
    assert [fault.where for fault in scanner.lists.faults] == [f"forged{SUFFIX}: the file"]
    assert listed(scanner) == [True, True, False]
    scanner.lists.close()


def test_other_threads_go_on_while_a_list_is_let_go_of() -> None:
    """Held up, a thread that only counts uses next to no processor time meanwhile."""
    held, over, used = [read_of(verified(targets=[a_target(1)]), 50_000)], Event(), list[float]()

    def count() -> None:
        while not over.is_set():
            pass
        used.append(thread_time())

    usual = getswitchinterval()
    setswitchinterval(0.001)
    try:
        other, began = Thread(target=count), thread_time()
        other.start()
        let_go(held)
        ours = thread_time() - began
    finally:
        over.set()
        other.join()
        setswitchinterval(usual)
    assert held == []
    assert used[0] > ours / 3


def read_of(one: AuthorityList, sites: int) -> AuthorityListsSnapshot:
    """As a list of so many sites is read, each with a target of its own."""
    (target,) = one.form.targets
    targets = tuple(target.model_copy(update={"reason": f"reason {number}"}, deep=True) for number in range(sites))
    whole = replace(one, form=one.form.model_copy(update={"targets": targets}), by=_VERIFIED)
    listings = {SiteKey("examples", f"address {n}"): Listing(whole, target) for n, target in enumerate(targets)}
    return replace(_NOTHING, lists=(whole,), listings=listings)
