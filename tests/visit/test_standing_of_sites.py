"""The row and history of a site after a visit: strikes, quarantine, closer review, causes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from reports.ledger.ledger import ScheduledSite
from scanner.exchange.failure import FailureCause
from scanner.fetch.rate_limit import RateLimiters
from scanner.schedule.uptime import UptimeObservation, seen
from scanner.visit.lookahead import PAGES_MOST
from scanner.visit.progress import GIVEN_BACK
from tests.simulators.onions import Reply, page_of, picture
from tests.visit.scene import HOME, LIMITS, Scene

DAY = timedelta(days=1)
PLAIN: dict[str, Reply | FailureCause] = {f"{HOME}/": page_of(pictures=[f"{HOME}/a.png", f"{HOME}/b.png"])}
NOTHING_KNOWN = {**PLAIN, f"{HOME}/a.png": picture("new-a"), f"{HOME}/b.png": picture("new-b")}
BESIDE_KNOWN = {**NOTHING_KNOWN, f"{HOME}/a.png": picture("known-a")}
HOSTILE = {
    f"{HOME}/": page_of(links=[f"{HOME}/{n}" for n in range(20)], pictures=[f"{HOME}/{n}.png" for n in range(3)]),
    **{f"{HOME}/{n}": page_of(pictures=[f"{HOME}/{n % 3}.png"]) for n in range(20)},
    **{f"{HOME}/{n}.png": picture(f"kill-{n}") for n in range(3)},
}


def site(scene: Scene) -> ScheduledSite:
    return next(site for site in scene.ledger.sites() if site.key == scene.key)


@pytest.mark.parametrize(("replies", "lot"), [(BESIDE_KNOWN, 1.0), (NOTHING_KNOWN, 0.0)])
def test_a_finding_and_a_lot_leave_the_same_row(
    tmp_path: Path, replies: dict[str, Reply | FailureCause], lot: float
) -> None:
    scene = Scene(tmp_path, replies, lot=lot)
    end = scene.visit()
    row = site(scene)
    assert (row.closer, row.reached, row.failures, row.last_up) == (True, 1, 0, row.last_visit)
    assert row.due - end.ended == DAY / 2


def test_known_pictures_alone_bring_no_closer_review(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {**PLAIN, f"{HOME}/a.png": picture("known-a"), f"{HOME}/b.png": picture("known-b")})
    end = scene.visit()
    assert not site(scene).closer
    assert site(scene).due - end.ended == DAY


def test_too_many_dead_workers_end_the_visit_and_then_bring_quarantine(tmp_path: Path) -> None:
    scene = Scene(tmp_path, HOSTILE, limits=replace(LIMITS, workers_killed=3))
    for strikes in (1, 2, 3):
        end = scene.visit()
        assert end.pages_read + end.pages_left == 21
        assert end.pages_read <= 1 + PAGES_MOST  # and what was under way when the last of them died
        assert site(scene).strikes == strikes
        assert (site(scene).quarantined_until is not None) == (strikes == 3)
    assert site(scene).due - end.ended == timedelta(days=7)
    assert [visit.counts.workers_killed for visit in scene.ledger.overview().history(scene.key)] == [3, 3, 3]


def test_fewer_dead_workers_do_not(tmp_path: Path) -> None:
    scene = Scene(tmp_path, HOSTILE, limits=replace(LIMITS, workers_killed=4))
    assert scene.visit().pages_read == 21
    assert site(scene).strikes == 0


def test_the_end_of_the_list_ends_the_visit(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {**BESIDE_KNOWN, f"{HOME}/": page_of([f"{HOME}/more"], [f"{HOME}/a.png"])})

    def expire(_url: str) -> None:
        scene.clock.now = scene.list.form.valid_until

    scene.onions.before = expire
    end = scene.visit()
    assert (end.outcome, end.pages_read) == ("visited", 1)
    assert len(scene.pages()) == 1
    assert scene.onions.asked == [f"{HOME}/"]


def test_what_waits_its_turn_is_not_asked_for_once_the_list_ends(tmp_path: Path) -> None:
    """Its permit was minted, and its intent logged, while the list was in force."""
    scene = Scene(tmp_path, PLAIN, limits=replace(LIMITS, pictures_at_once=1, seconds=10**9))

    def expire(url: str) -> None:
        if url.endswith("a.png"):
            scene.clock.now = scene.list.form.valid_until

    scene.onions.before = expire
    scene.visit()
    assert scene.onions.asked == [f"{HOME}/", f"{HOME}/a.png"]
    counts = scene.pages()[0]["counts"]
    assert counts["not_fetched"] == {"its host is not on the list": 1}


def test_nothing_waits_for_its_turn_once_the_list_ends(tmp_path: Path) -> None:
    """An address that no list names has the slowest pace: each of its pictures would wait a minute to be refused."""
    shown = [f"{HOME}/{name}.png" for name in "abcd"]
    answers = {f"{HOME}/": page_of(pictures=shown)}
    scene = Scene(tmp_path, answers, limits=replace(LIMITS, pictures_at_once=1, seconds=10**9))
    scene.stop = stop = Untimed()
    end_of_list = scene.list.form.valid_until

    def expire(url: str) -> None:
        if url.endswith("a.png"):
            scene.clock.now = end_of_list

    scene.onions.before = expire
    limits = RateLimiters(lambda _: 1.0 if scene.clock.now >= end_of_list else 1_000_000.0)
    scene.visit(replace(scene.services(), rate_limits=limits))
    assert scene.pages()[0]["counts"]["not_fetched"] == {"its host is not on the list": 3}
    assert max(stop.waited, default=0.0) < 1


class Untimed(Event):
    """Waits no time, and remembers for how long it should have."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        return self.is_set()


def test_a_list_that_ended_before_the_first_page_blames_nobody(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BESIDE_KNOWN)
    scene.clock.now = scene.list.form.valid_until
    assert scene.visit().outcome == FailureCause.NOT_LISTED
    assert scene.onions.asked == []
    assert (site(scene).failures, site(scene).reached, site(scene).last_visit) == (0, 0, None)
    (told,) = scene.ledger.overview().history(scene.key)
    assert seen(told) is UptimeObservation.UNKNOWN


def test_the_history_keeps_causes_and_what_a_visit_cost(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": FailureCause.INTRODUCTION_FAILED})
    scene.visit()
    scene.onions.replies = {**BESIDE_KNOWN}
    scene.visit()
    scene.onions.replies = {f"{HOME}/": FailureCause.TOR_DOWN}
    scene.visit()
    history = scene.ledger.overview().history(scene.key)
    assert [(one.attempt, one.outcome, one.failed) for one in history] == [
        (3, GIVEN_BACK, False),
        (2, "visited", False),
        (1, FailureCause.INTRODUCTION_FAILED.value, True),
    ]
    assert history[1].counts.pages_read == 1
    assert history[1].counts.received_bytes > 0
    assert site(scene).last_outcome == "visited"


def test_a_visit_given_back_says_nothing_of_the_site(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": FailureCause.NO_DESCRIPTOR})
    scene.visit()
    before = site(scene)
    scene.onions.replies = {f"{HOME}/": FailureCause.TOR_DOWN}
    scene.visit()
    assert replace(site(scene), due=before.due, attempt=before.attempt) == before
