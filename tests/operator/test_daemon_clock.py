"""A daemon whose clock is set while it runs, by NTP or by hand: it goes on as before, and says so."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from config.clock import utc_now
from config.settings import Log
from reports.ledger.ledger import Addressed, Mode
from reports.log.entry import Kind
from scanner.cli.main import main
from scanner.daemon import events as logs
from scanner.daemon.counters import Counters
from scanner.daemon.daemon import Beat
from scanner.daemon.heartbeat import PATIENCE, snapshot
from tests.authority.making import address
from tests.operator.desk import Desk, SimulatedScanner, refer

A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)


class Watch:
    """The system's clock, as it is set; and one that nobody sets."""

    def __init__(self) -> None:
        self.off, self.seconds = timedelta(), 0.0

    def __call__(self) -> datetime:
        return utc_now() + self.off


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def scanner(tmp_path: Path, watch: Watch) -> Iterator[SimulatedScanner]:
    scanner = Desk(tmp_path).scanner()
    scanner.world = replace(scanner.world, clock=watch, seconds=lambda: watch.seconds)
    scanner.ledger._clock = watch
    yield scanner
    scanner.ledger.close()


@pytest.mark.parametrize("ahead", [timedelta(), AN_HOUR])
def test_ticks_go_on_when_the_clock_is_set_back(scanner: SimulatedScanner, watch: Watch, ahead: timedelta) -> None:
    """The scheduler goes by the system's clock: a tick that was due by one an hour ahead is an hour away for it."""
    watch.off = ahead

    def ask(_url: str) -> None:
        scanner.ledger.ask(Mode.DRAINING)

    scanner.onions.before = ask
    running = Thread(target=scanner.daemon().run, daemon=True)
    running.start()
    running.join(60)
    assert not running.is_alive()
    assert set(scanner.onions.asked) == {f"http://{address(number)}/" for number in (1, 2)}


def test_ticks_that_fell_due_while_the_clock_was_set_ahead_are_not_made_up_for() -> None:
    now, beat = utc_now(), Beat(timedelta(seconds=1))
    assert beat.get_next_fire_time(now - 3_650 * A_DAY, now) == now + timedelta(seconds=1)


@pytest.mark.parametrize("set_by", [timedelta(), A_DAY, -A_DAY])
def test_a_referral_is_made_after_its_interval(scanner: SimulatedScanner, watch: Watch, set_by: timedelta) -> None:
    daemon, made = scanner.daemon(), []
    daemon.tick()
    daemon._rounds.close(30)
    watch.off = set_by
    for minutes in (59, 61):
        watch.seconds = 60.0 * minutes
        refer(daemon)
        made.append(len(list(scanner.layout.outbox.iterdir())))
    assert made == [0, 1]


@pytest.mark.parametrize(("ahead", "longest"), [(3_650 * A_DAY, AN_HOUR), (-A_DAY, timedelta())])
def test_after_a_start_a_referral_is_due_within_its_interval(
    scanner: SimulatedScanner, watch: Watch, ahead: timedelta, longest: timedelta
) -> None:
    """Whatever the clock said when the last one was made."""
    daemon = scanner.daemon()
    daemon.tick()
    daemon._rounds.close(30)
    watch.off, watch.seconds = ahead, 3_601.0
    refer(daemon)
    assert list(scanner.layout.outbox.iterdir())
    watch.off = timedelta()
    (due,) = scanner.daemon()._referring.next_due.values()
    assert due <= watch.seconds + longest.total_seconds()


@pytest.mark.parametrize(("offset", "destroyed"), [(A_DAY, 0), (timedelta(), 1)])
def test_what_must_be_destroyed_is_not_when_the_clock_alone_says_so(
    scanner: SimulatedScanner, watch: Watch, offset: timedelta, destroyed: int
) -> None:
    """A clock that leaps ahead of tor's consensus: destroyed once tor agrees, or the clock is right again."""
    (kept, *_), told = scanner.ledger.sites(), scanner.settings.recipients[0].public_key
    claim = scanner.ledger.claim(kept.key, "run", "visit")
    assert claim is not None
    by = utc_now() + AN_HOUR
    scanner.ledger.conclude(claim, [], (Addressed(told, b"a record", (), by),))
    daemon = scanner.daemon()
    watch.off = A_DAY
    scanner.tor.offset_seconds = offset.total_seconds()
    daemon.tick()
    daemon._rounds.close(30)
    daemon._referring.tell(daemon._events, None)
    watch.off = 0 * A_DAY
    assert len(scanner.ledger._retention.due(by)) == 1 - destroyed


@pytest.mark.parametrize("set_by", [A_DAY, -AN_HOUR])
def test_that_the_clock_was_set_is_said_once(scanner: SimulatedScanner, watch: Watch, set_by: timedelta) -> None:
    said = StringIO()
    logs.configure(Log(form="json"), said)
    daemon = scanner.daemon()
    daemon.tick()
    assert "clock" not in said.getvalue()
    watch.off = set_by
    daemon.tick()
    daemon.tick()
    daemon._rounds.close(30)
    events = [json.loads(line) for line in said.getvalue().splitlines()]
    (told,) = [event for event in events if event["event"] == "clock was set"]
    assert told["by_seconds"] == set_by.total_seconds()


def test_a_daemon_that_ended_under_a_clock_that_was_ahead_is_not_taken_for_one_that_runs() -> None:
    now = utc_now()
    said = snapshot("run", now, (1.0, 1), Counters(), frozenset(), "")
    assert said.lively(now, now)
    assert not said.lively(now + AN_HOUR, now)
    assert PATIENCE < AN_HOUR


@pytest.mark.parametrize("command", [["run"], ["scan", "--once"]])
@pytest.mark.parametrize("ahead", [AN_HOUR, timedelta()])
def test_a_start_under_a_clock_that_lies_behind_the_log_says_so(
    scanner: SimulatedScanner, watch: Watch, command: list[str], ahead: timedelta
) -> None:
    """Nothing is scanned here: there is no hash list."""
    watch.off = ahead
    scanner.ledger.note(Kind.RUN_STARTED, {"run": "earlier"})
    configuration = scanner.layout.directory.parent / "sightline.toml"
    ended = CliRunner().invoke(main, ["--config", str(configuration), *command])
    assert ("the newest entry of the log" in ended.stderr) == bool(ahead)
    assert "hash lists" in ended.stderr
