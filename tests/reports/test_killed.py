"""`kill -9` at any point: what was done stays done, what was not is not half done, and nothing goes out twice."""

import sys
from dataclasses import replace
from pathlib import Path
from subprocess import run

import pytest

from reports.crypto.signing import ScannerKey
from reports.ledger.ledger import Ledger, LedgerKeys
from reports.log.entry import Kind
from tests.reports.benches import KEYS, RECIPIENT, Bench, site
from tests.reports.mortal import KEY_FILE, MOMENTS, RECIPIENT_FILE, scan

EVERY = 7
"""So many statements lie between two deaths of the quick test: no divisor of a step's number of statements."""


def scanners(folder: Path, *way: str) -> tuple[list[Path], LedgerKeys]:
    """The folders of scanners that died in this way, in order, and the keys they wrote with."""
    run([sys.executable, "-m", "tests.reports.mortal", way[0], str(folder), *way[1:]], check=True)
    signing = ScannerKey.from_pem((folder / KEY_FILE).read_bytes(), "test")
    assert isinstance(signing, ScannerKey)
    keys = replace(KEYS, signing=signing, recipients=((folder / RECIPIENT_FILE).read_text(),))
    places = [place for place in folder.iterdir() if place.is_dir()]
    return sorted(places, key=lambda place: int(place.name)), keys


def steps_done(place: Path) -> list[str]:
    return (place / "done").read_text().splitlines()


@pytest.fixture
def sizes(bench: Bench) -> dict[str, int]:
    """How many entries the log has when each step of the day is done; a step that was not done has none of them."""
    sizes = {"": bench.checkpoint().size}

    def note(step: str) -> None:
        sizes[step] = bench.checkpoint().size

    scan(bench, note)
    return sizes


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_before_a_statement_a_step_happened_whole_or_not_at_all(
    tmp_path: Path, sizes: dict[str, int], every: int
) -> None:
    folder = tmp_path / "scanners"
    folder.mkdir()
    places, keys = scanners(folder, "statement", str(every))
    order = list(sizes)
    assert (places[-1] / "lived").exists()
    assert len(places) > 60 // every  # the control: they died at many places
    reached = {len(steps_done(place)) for place in places}
    assert reached == set(range(len(order))) if every == 1 else len(reached) > 2
    for place in places:
        survivor = Bench(place, keys)
        done = ["", *steps_done(place)]
        following = order[min(len(done), len(order) - 1)]
        assert survivor.checkpoint().size in (sizes[done[-1]], sizes[following]), place
        finish(survivor)


def finish(survivor: Bench) -> None:
    """The next start: what was held is released, and the rest of the day is done, once."""
    assert survivor.audit().holds
    recipient = survivor.keys.recipients[0]
    before = {stored.record_id for stored in survivor.ledger.undelivered(recipient)}
    before |= {stored.record_id for stored in survivor.ledger.delivered("referral-1")}
    survivor.ledger.release_abandoned("run-2")
    if survivor.ledger.due(survivor.now, 9) or not list(survivor.ledger.sites()):
        survivor.visit(1, "visit-2")
    waiting = [stored.record_id for stored in survivor.ledger.undelivered(recipient)]
    survivor.ledger.mark_delivered(recipient, waiting, "referral-2")
    delivered = [
        stored.record_id for name in ("referral-1", "referral-2") for stored in survivor.ledger.delivered(name)
    ]
    assert before <= set(delivered)
    assert len(delivered) == len(set(delivered)) == survivor.kinds().count(Kind.RECORD_SEALED)
    report = survivor.audit()
    assert report.holds
    assert (report.open_visits, report.open_fetches) == (0, 0)
    survivor.ledger.close()


def test_killed_at_any_moment_the_log_is_whole_and_holds_what_was_reported(tmp_path: Path) -> None:
    folder = tmp_path / "scanners"
    folder.mkdir()
    places, keys = scanners(folder, "moment")
    assert len(places) == MOMENTS
    for place in places:
        survivor = Bench(place, keys)
        kept = len(list(survivor.ledger.undelivered(keys.recipients[0])))
        assert kept >= len(steps_done(place)) >= int((place / "awaited").read_text())
        assert survivor.audit().holds
        assert survivor.ledger.release_abandoned("run-2") == 1
        assert [due.key for due in survivor.ledger.due(survivor.now, 9)] == [site(1)]
        survivor.ledger.close()


def test_a_scanner_that_lived_leaves_nothing_open(bench: Bench) -> None:
    """The control of the two above: the same day, not killed."""
    scan(bench, lambda _step: None)
    assert isinstance(bench.ledger, Ledger)
    assert not list(bench.ledger.undelivered(RECIPIENT))
    assert bench.audit().open_visits == 0
