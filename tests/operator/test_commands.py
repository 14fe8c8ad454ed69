"""`sightline status`, `sites`, `pause`, `resume`, `drain`, beside a daemon that holds the state and without one."""

import json
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.clock import utc_now
from config.exit_codes import Exit
from config.layout import Layout
from reports.files import StateLock, hold_state
from reports.ledger.ledger import Footing, Remembered, VisitCounts
from reports.store.overview import Overview
from scanner.cli.main import main
from scanner.daemon.status import status_now
from scanner.exchange.failure import FailureCause
from scanner.rehearsal.cli_runner import PROGRAM
from tests.authority.making import NOW, address
from tests.operator.desk import Desk
from tests.operator.test_daemon import drained


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Three sites: one that answers, one without descriptor, one quarantined."""
    desk = Desk(tmp_path, sites=3)
    scanner = desk.scanner({f"http://{address(2)}/": FailureCause.NO_DESCRIPTOR})
    drained(scanner)
    site = next(site for site in scanner.ledger.sites() if site.key.address == address(3))
    claim = scanner.ledger.claim(site.key, "run", "a visit")
    assert claim is not None
    footing = Footing(strikes=3, quarantined_until=NOW.replace(year=2099))
    counts = VisitCounts(NOW, 3, 0, 7, 5_000_000, 8, tor_healthy=True)
    remembered = Remembered(footing, counts)
    until = footing.quarantined_until
    assert until is not None
    scanner.ledger.end_visit(claim, "visited", until, failed=False, remembered=remembered)
    scanner.ledger.close()
    return desk


def test_status_counts_sites_by_state_and_cause_while_the_daemon_holds_the_state(desk: Desk) -> None:
    lock = hold_state(desk.settings().state.directory, "run")
    assert isinstance(lock, StateLock)
    whole = desk.json("status")
    assert whole["states"] == {"up": 1, "no answer": 1, "quarantined": 1}
    assert {"state": "no answer", "last_outcome": "no descriptor found", "sites": 1} in whole["sites"]
    assert (whole["last_hour"]["visits"], whole["last_hour"]["failed"], whole["daemon"]["visits"]) == (4, 1, 3)
    assert [one["address"] for one in whole["quarantined"]] == [address(3)]
    assert whole["queue"] == {"urgent": 0, "new": 0, "priority": 0, "routine": 0}
    assert desk.run("pause").exit_code == Exit.OK
    assert desk.json("status")["control"]["mode"] == "paused"
    lock.release()


def test_visits_that_lie_ahead_of_a_clock_that_was_set_back_are_not_of_the_last_hour(desk: Desk) -> None:
    overview = Overview.open(Layout.of(desk.settings()).store)
    assert isinstance(overview, Overview)
    now = utc_now()
    assert status_now(overview, now).hour.visits == 4
    assert status_now(overview, now - timedelta(hours=2)).hour.visits == 0
    overview.close()


def test_status_tells_people_and_is_1_without_a_daemon(desk: Desk) -> None:
    told = desk.run("status")
    assert told.exit_code == Exit.OK  # it has only just spoken
    for words in ("no answer", "no descriptor found", "Quarantined:", address(3), "3 visits in a row", "well"):
        assert words in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 100
    fresh = Desk(desk.folder / "fresh")
    never = fresh.run("status")
    assert never.exit_code == Exit.DIFFERS
    assert "has not run here yet" in never.stdout
    assert "No site is known yet" in never.stdout


def test_an_ill_tor_is_told_without_a_word_of_the_others(desk: Desk) -> None:
    """Of several tors one may be ill: visits through the others are started all the same."""
    scanner = desk.scanner()
    scanner.tor.well = False
    drained(scanner)
    scanner.ledger.close()
    told = desk.run("status")
    assert told.exit_code == Exit.DIFFERS
    assert "has ended, or does not answer): no visit through it is started" in " ".join(told.stdout.split())


def test_status_watched_through_a_pipe_is_a_line_each(desk: Desk) -> None:
    command = [*PROGRAM, "--config", str(desk.configuration), "status", "--watch", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        for _ in range(2):
            assert json.loads(watching.stdout.readline())["states"]["up"] == 1
        watching.send_signal(signal.SIGINT)
        assert watching.wait() == Exit.OK


@pytest.mark.parametrize("command", ["status", "sites list", "audit verify", "audit checkpoint"])
def test_a_store_that_is_not_there_is_named_with_its_mend(tmp_path: Path, command: str) -> None:
    CliRunner().invoke(main, ["init", "--directory", str(tmp_path)])
    words = ["--config", str(tmp_path / "sightline.toml"), *command.split(), "--json"]
    refused = CliRunner().invoke(main, words)
    assert refused.exit_code == Exit.STORE
    (fault,) = json.loads(refused.stdout)["faults"]
    assert "targets import" in fault["mend"]


def test_sites_are_listed_by_state_cause_and_list(desk: Desk) -> None:
    def found(*words: str) -> list[str]:
        return [one["address"] for one in desk.json("sites", "list", *words)["sites"]]

    assert len(found()) == 3
    assert found("--state", "up") == [address(1)]
    assert found("--cause", "no descriptor found") == [address(2)]
    assert found("--state", "quarantined") == [address(3)]
    assert found("--cause", "deadline passed") == [], "an outcome that no site has now"
    assert desk.json("sites", "list", "--limit", "2")["more"]
    assert "There are more than 2" in desk.run("sites", "list", "--limit", "2").stdout


def test_an_empty_list_of_sites_says_why(desk: Desk) -> None:
    fresh = Desk(desk.folder / "fresh")  # a list is in force there, and nothing has taken it up yet
    assert "No site is known yet" in fresh.run("sites", "list").stdout
    assert fresh.json("sites", "list")["sites"] == []
    assert "No site is like that" in desk.run("sites", "list", "--cause", "deadline passed").stdout


@pytest.mark.parametrize(("option", "known"), [("--list", "examples"), ("--cause", "no descriptor found")])
def test_a_list_or_an_outcome_that_there_is_not_is_named_with_those_that_there_are(
    desk: Desk, option: str, known: str
) -> None:
    refused = desk.run("sites", "list", option, "another", "--json")
    assert refused.exit_code == Exit.USAGE
    (fault,) = json.loads(refused.stdout)["faults"]
    assert fault["where"] == f"{option} another"
    assert known in fault["mend"]
    assert desk.run("sites", "list", option, known).exit_code == Exit.OK


def test_a_paused_scanner_refuses_a_scan_before_it_looks_for_anything_else(desk: Desk) -> None:
    """No hash list is here: whatever is said of that was looked at later, and tor, which may take minutes, last."""
    assert desk.run("scan", "--once").exit_code == Exit.CONFIGURATION
    desk.run("pause", "--reason", "made-up")
    refused = desk.run("scan", "--once", "--json")
    assert refused.exit_code == Exit.REFUSED
    (fault,) = json.loads(refused.stdout)["faults"]
    assert fault["cause"] == "is paused (made-up)"


def test_a_site_is_shown_with_its_history_and_causes(desk: Desk) -> None:
    (failed,) = desk.json("sites", "show", address(2))["lists"]
    assert (failed["state"], failed["failures"], failed["last_answered"]) == ("no answer", 1, None)
    assert failed["uptime"] == {"answered": 0, "visits": 1, "share": 0.0}
    assert [visit["outcome"] for visit in failed["visits"]] == ["no descriptor found"]
    assert [(span["seen"], span["outcome"]) for span in failed["spans"]] == [("no answer", "no descriptor found")]
    told = desk.run("sites", "show", address(3).removesuffix(".onion").upper()).stdout
    for words in ("at 2 of 2 visits (100%)", "3 visits in a row", "5.0", "quarantined"):
        assert words in told


def test_a_visit_beside_a_silent_canary_is_shown_as_telling_nothing(desk: Desk) -> None:
    scanner = desk.scanner()
    site = next(site for site in scanner.ledger.sites() if site.key.address == address(1))
    claim = scanner.ledger.claim(site.key, "run", "a visit")
    assert claim is not None
    counts = VisitCounts(NOW, 0, 1, 0, 0, 0, tor_healthy=True, canary_silent=True, unknown=True)
    scanner.ledger.end_visit(claim, "circuit lost", NOW, failed=False, remembered=Remembered(None, counts))
    scanner.ledger.close()
    (shown,) = desk.json("sites", "show", address(1))["lists"]
    assert shown["uptime"] == {"answered": 1, "visits": 1, "share": 1.0}
    assert (shown["visits"][0]["seen"], shown["visits"][0]["canary_silent"]) == ("unknown", True)
    told = desk.run("sites", "show", address(1)).stdout
    assert "unknown: circuit lost" in told
    assert "canary silent" in " ".join(told.split())


def test_an_address_that_is_none_and_one_that_is_unknown_are_refused(desk: Desk) -> None:
    assert desk.run("sites", "show", "example.org").exit_code == Exit.USAGE
    assert desk.run("sites", "show", address(9)).exit_code == Exit.REFUSED
    assert desk.run("sites", "pause", address(9)).exit_code == Exit.REFUSED


def test_nothing_that_is_printed_speaks_of_closer_review(desk: Desk) -> None:
    for words in (["status"], ["sites", "list"], ["sites", "show", address(1)]):
        assert "closer" not in desk.run(*words, "--json").stdout
        assert "closer" not in desk.run(*words).stdout


def test_a_quarantine_is_lifted_by_command_once(desk: Desk) -> None:
    assert desk.run("sites", "release", address(3)).exit_code == Exit.OK
    assert desk.json("status")["queue"]["routine"] == 1
    again = desk.run("sites", "release", address(3))
    assert again.exit_code == Exit.REFUSED


def test_a_site_is_paused_and_resumed(desk: Desk) -> None:
    assert desk.run("sites", "pause", address(1)).exit_code == Exit.OK
    assert desk.json("status")["states"]["paused"] == 1
    assert desk.json("sites", "show", address(1))["lists"][0]["state"] == "paused"
    assert desk.run("sites", "resume", address(1)).exit_code == Exit.OK
    assert "paused" not in desk.json("status")["states"]
    again = desk.run("sites", "resume", address(1))
    assert (again.exit_code, "is not paused" in again.stderr) == (Exit.REFUSED, True)


def test_a_drain_needs_a_daemon(tmp_path: Path) -> None:
    refused = Desk(tmp_path).run("drain")
    assert refused.exit_code == Exit.REFUSED
    assert "is not running here" in refused.stderr


def test_a_drain_does_not_end_a_pause(desk: Desk) -> None:
    desk.run("pause")
    refused = desk.run("drain")
    assert refused.exit_code == Exit.REFUSED
    assert desk.json("status")["control"]["mode"] == "paused"


def test_a_reason_is_one_short_line(desk: Desk) -> None:
    assert desk.run("pause", "--reason", "two\nlines").exit_code == Exit.USAGE
    assert desk.run("pause", "--reason", "x" * 201).exit_code == Exit.USAGE
    assert desk.run("pause", "--reason", "x" * 200).exit_code == Exit.OK
    (fault,) = desk.json("pause", "--reason", "\x1b[31m")["faults"]
    assert "control characters" in fault["mend"]
