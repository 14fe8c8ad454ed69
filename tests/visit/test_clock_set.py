"""A visit whose clock is set meanwhile, by NTP or by hand: its time is measured by one that nobody sets."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.exchange.port import Budget
from scanner.fetch.log import FetchLog
from scanner.liveness.canary import KEPT_SECONDS, Canary
from tests.authority.making import address
from tests.simulators.onions import SimulatedOnions, page_of
from tests.visit.scene import HOME, LIMITS, Scene

A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
PAGES = {f"{HOME}/": page_of([f"{HOME}/{n}" for n in range(5)]), **{f"{HOME}/{n}": page_of() for n in range(5)}}


@pytest.mark.parametrize("set_by", [A_DAY, -AN_HOUR])
@pytest.mark.parametrize(("seconds_each", "spent"), [(1, ""), (400, "time")])
def test_a_visit_takes_as_long_as_it_takes(tmp_path: Path, set_by: timedelta, seconds_each: int, spent: str) -> None:
    scene = Scene(tmp_path, PAGES, limits=replace(LIMITS, seconds=1_000))

    def before(url: str) -> None:
        if url == f"{HOME}/":
            scene.clock.now += set_by

    scene.onions.before = before
    scene.seconds = lambda: seconds_each * float(len(scene.onions.asked))
    assert scene.visit().spent == spent


@pytest.mark.parametrize("set_by", [A_DAY, -A_DAY])
def test_the_canarys_answer_is_kept_for_a_minute_and_no_longer(tmp_path: Path, set_by: timedelta) -> None:
    scene, now = Scene(tmp_path, {}), [0.0]
    onions = SimulatedOnions({f"http://{address(2)}/": page_of()}, scene.clock)
    canary = Canary(
        address(2), scene.services().permits, lambda _tor: onions, scene.clock, Budget(30, 1_000), lambda: now[0]
    )
    claim = scene.ledger.claim(scene.key, "run", "visit")
    assert claim is not None
    asked = []
    for seconds in (0.0, KEPT_SECONDS - 1, KEPT_SECONDS + 1):
        now[0] = seconds
        canary.ask(scene.tor, FetchLog(scene.ledger, claim))
        asked.append(len(onions.asked))
        scene.clock.now += set_by if seconds == 0.0 else timedelta(0)
    assert asked == [1, 1, 2]
