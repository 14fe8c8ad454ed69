"""What a daemon does with pause, drain, an ill tor, quarantine; and what it says of itself. Over simulated sites."""

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from config.clock import utc_now
from reports.ledger.ledger import Mode
from scanner.daemon.daemon import DRAINED, TOLD_TO_STOP
from scanner.daemon.heartbeat import Heartbeat
from tests.authority.making import a_target, address
from tests.operator.desk import Blocked, Desk, SimulatedScanner


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def said(scanner: SimulatedScanner) -> Heartbeat:
    published = scanner.ledger.overview().published()
    assert published is not None
    snapshot = Heartbeat.from_bytes(published.body)
    assert snapshot is not None
    return snapshot


def drained(scanner: SimulatedScanner) -> None:
    """Let a daemon do everything that is due, and end."""
    daemon = scanner.daemon()
    daemon.tick()
    scanner.ledger.ask(Mode.DRAINING)
    while not daemon.ended:
        daemon.tick()
    daemon._rounds.close(10)
    daemon.ended = ""  # as if it still ran
    daemon._publish()


def visited(scanner: SimulatedScanner) -> set[str]:
    return {site.key.address for site in scanner.ledger.sites() if site.last_visit is not None}


def test_visits_what_is_due_and_ends_when_it_is_drained(desk: Desk) -> None:
    scanner = desk.scanner()
    daemon = scanner.daemon()

    def ask(_url: str) -> None:
        scanner.ledger.ask(Mode.DRAINING)

    scanner.onions.before = ask
    daemon.run()
    assert daemon.ended == DRAINED
    assert visited(scanner) == {address(1), address(2)}
    assert (said(scanner).visits, said(scanner).ended, said(scanner).under_way) == (2, DRAINED, 0)
    assert scanner.ledger.control().mode is Mode.RUNNING


def test_a_drain_starts_nothing_more_and_lets_what_is_under_way_end(desk: Desk) -> None:
    go_on, scanner = Event(), desk.scanner()

    def wait(_url: str) -> None:
        go_on.wait(30)

    scanner.onions.before = wait
    daemon = scanner.daemon()
    daemon.tick()
    desk.list_sites([a_target(number) for number in (1, 2, 3)])
    scanner.ledger.ask(Mode.DRAINING)
    daemon.tick()
    assert (daemon.tallies.under_way, daemon.ended) == (2, "")
    go_on.set()
    while not daemon.ended:
        daemon.tick()
    assert visited(scanner) == {address(1), address(2)}
    daemon._rounds.close(10)


def test_a_drain_that_was_cut_off_does_not_end_the_next_run(desk: Desk) -> None:
    scanner = desk.scanner()
    scanner.ledger.ask(Mode.DRAINING)
    scanner.onions.before = lambda _url: scanner.stop.set()
    daemon = scanner.daemon()
    daemon.run()
    assert (daemon.ended, scanner.ledger.control().mode) == (TOLD_TO_STOP, Mode.RUNNING)
    assert scanner.onions.asked


def test_a_paused_daemon_starts_nothing_also_after_a_restart(desk: Desk) -> None:
    assert desk.run("pause", "--reason", "moving house").exit_code == 0
    for _ in range(2):
        scanner = desk.scanner()
        daemon = scanner.daemon()
        daemon.tick()
        assert daemon.tallies.under_way == 0
        daemon._rounds.close(1)
        assert scanner.onions.asked == []
        scanner.ledger.close()
    assert desk.run("resume").exit_code == 0
    resumed = desk.scanner()
    drained(resumed)
    assert visited(resumed) == {address(1), address(2)}


def test_a_paused_site_is_left_out(desk: Desk) -> None:
    scanner = desk.scanner()
    scanner.refresh()
    assert desk.run("sites", "pause", address(1)).exit_code == 0
    drained(scanner)
    assert visited(scanner) == {address(2)}


def test_an_ill_tor_starts_nothing(desk: Desk) -> None:
    scanner = desk.scanner()
    scanner.tor.well = False
    daemon = scanner.daemon()
    daemon.tick()
    daemon._rounds.close(1)
    tor = said(scanner).tor
    assert tor is not None
    assert (scanner.onions.asked, tor.healthy) == ([], False)


def test_a_tick_reads_no_list_that_has_not_changed(desk: Desk) -> None:
    scanner = desk.scanner()
    held = {id(one) for _, one in scanner.lists._kept.values()}
    ends = scanner.lists._now.windows[0][1]
    scanner.lists.refresh(ends)  # its window has ended
    assert scanner.lists.listings == {}
    assert {id(one) for _, one in scanner.lists._kept.values()} == held
    desk.list_sites([a_target(1)])
    scanner.lists.refresh(utc_now())
    assert {id(one) for _, one in scanner.lists._kept.values()} != held


def test_ticks_go_on_while_a_referral_is_made(desk: Desk) -> None:
    scanner = desk.scanner()
    daemon = scanner.daemon()
    daemon.tick()
    while daemon._rounds.wait(10):
        pass
    ledger: Any = Blocked(scanner.ledger, "mark_delivered")
    daemon._referring._world = replace(scanner.world, ledger=ledger)
    daemon._referring.next_due = dict.fromkeys(daemon._referring.next_due, 0.0)
    while not ledger.begun.is_set():
        daemon.tick()
    daemon.tick()
    assert list(scanner.layout.outbox.iterdir()) == []
    ledger.goes_on.set()
    daemon._referring.close()
    daemon._referring.tell(daemon._events, None)
    assert len(list(scanner.layout.outbox.iterdir())) == 1


def test_the_snapshot_names_no_address(desk: Desk) -> None:
    scanner = desk.scanner()
    drained(scanner)
    published = scanner.ledger.overview().published()
    assert published is not None
    assert b".onion" not in published.body
