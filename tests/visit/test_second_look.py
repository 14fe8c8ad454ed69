"""A site that gives no sign of life is asked again through a second tor, with permit and intent; a canary beside."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from reports.sighting import SiteState
from scanner.exchange.failure import FailureCause
from scanner.exchange.port import Budget
from scanner.liveness.assess import ANSWERED, PUBLICATION
from scanner.liveness.canary import Canary
from scanner.liveness.check import LivenessCheck
from scanner.schedule.uptime import Uptime, UptimeObservation, seen, uptime
from tests.authority.making import address
from tests.simulators.onions import Reply, SimulatedOnions, SimulatedTor, page_of
from tests.visit.scene import HOME, OTHER, Scene

BUDGET = Budget(30, 1_000)


@dataclass
class SimulatedSecond:
    """A second tor that sees these replies."""

    scene: Scene
    replies: Mapping[str, Reply | FailureCause]
    tor: SimulatedTor = field(default_factory=SimulatedTor)
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def held(self, stop: Event) -> Iterator[tuple[SimulatedTor, SimulatedOnions] | None]:
        onions = SimulatedOnions(self.replies, self.scene.clock, asked=self.asked)
        yield None if stop.is_set() else (self.tor, onions)


def scene(folder: Path, first: FailureCause | Reply, second: FailureCause | Reply) -> tuple[Scene, SimulatedSecond]:
    made = Scene(folder, {f"{HOME}/": first})
    made.second = SimulatedSecond(made, {f"{HOME}/": second})
    return made, made.second


def test_a_host_that_was_killed_is_down(tmp_path: Path) -> None:
    here, second = scene(tmp_path, FailureCause.CIRCUIT_LOST, FailureCause.INTRODUCTION_FAILED)
    found = here.visit().evidence
    assert found.state is SiteState.DOWN
    assert found.second is not None
    assert found.second.cause == FailureCause.INTRODUCTION_FAILED.value
    assert second.asked == [f"{HOME}/"]
    assert here.records()[-1]["end"]["evidence"]["state"] == "down"


def test_a_frozen_host_is_failing_and_never_down(tmp_path: Path) -> None:
    here, _ = scene(tmp_path, FailureCause.CIRCUIT_LOST, FailureCause.CIRCUIT_LOST)
    assert here.visit().evidence.state is SiteState.FAILING
    here.clock.now += PUBLICATION
    assert here.visit().evidence.state is SiteState.FAILING


def test_a_site_that_publishes_is_failing_until_it_should_have(tmp_path: Path) -> None:
    here, _ = scene(tmp_path, FailureCause.NO_DESCRIPTOR, FailureCause.NO_DESCRIPTOR)
    assert here.visit().evidence.state is SiteState.FAILING
    assert here.visit().evidence.state is SiteState.FAILING
    here.clock.now += PUBLICATION
    assert here.visit().evidence.state is SiteState.DOWN


def test_a_site_that_answers_the_second_tor_is_up_and_tried_again_soon(tmp_path: Path) -> None:
    here, _ = scene(tmp_path, FailureCause.RENDEZVOUS_FAILED, page_of())
    assert here.visit().evidence.state is SiteState.UP
    assert next(site for site in here.ledger.sites() if site.key == here.key).due < here.clock.now + timedelta(hours=1)


@pytest.mark.parametrize(
    "reply", [page_of(), Reply(b"", status=503), FailureCause.BACKEND_DOWN, FailureCause.PORT_CLOSED]
)
def test_a_site_that_answers_is_up_and_no_second_tor_is_asked(tmp_path: Path, reply: Reply | FailureCause) -> None:
    here, second = scene(tmp_path, reply, FailureCause.INTRODUCTION_FAILED)
    found = here.visit().evidence
    assert (found.state, found.second, second.asked) == (SiteState.UP, None, [])


def test_with_our_own_tor_ill_nothing_is_known_and_the_failure_does_not_count(tmp_path: Path) -> None:
    here, second = scene(tmp_path, FailureCause.CIRCUIT_LOST, FailureCause.INTRODUCTION_FAILED)
    here.tor.well = False
    assert here.visit().evidence.state is SiteState.UNKNOWN
    assert second.asked == []
    assert next(site for site in here.ledger.sites() if site.key == here.key).failures == 0


def test_what_our_own_tors_rules_refuse_says_nothing_of_the_site(tmp_path: Path) -> None:
    here, second = scene(tmp_path, FailureCause.REFUSED_BY_POLICY, FailureCause.INTRODUCTION_FAILED)
    assert here.visit().evidence.state is SiteState.UNKNOWN
    assert second.asked == []
    assert next(site for site in here.ledger.sites() if site.key == here.key).failures == 0


def test_with_the_second_tor_ill_it_proves_nothing(tmp_path: Path) -> None:
    here, second = scene(tmp_path, FailureCause.CIRCUIT_LOST, FailureCause.INTRODUCTION_FAILED)
    second.tor.well = False
    assert here.visit().evidence.state is SiteState.FAILING


def with_canary(here: Scene, answer: FailureCause | Reply, number: int = 2) -> Canary:
    at = address(number)
    onions = SimulatedOnions({f"http://{at}/": answer}, here.clock)
    return Canary(at, here.services().permits, lambda _tor: onions, here.clock, BUDGET)


def visited(here: Scene, canary: Canary) -> tuple[SiteState, str, str | None]:
    services = replace(here.services(), liveness=LivenessCheck(canary, here.second, BUDGET))
    found = here.visit(services).evidence
    assert found.first is not None
    return found.state, found.first.canary, found.second.canary if found.second else None


def test_the_canary_answers_beside_both_looks(tmp_path: Path) -> None:
    here, _ = scene(tmp_path, FailureCause.CIRCUIT_LOST, FailureCause.INTRODUCTION_FAILED)
    assert visited(here, with_canary(here, page_of())) == (SiteState.DOWN, ANSWERED, ANSWERED)


def test_with_a_silent_canary_nothing_is_known(tmp_path: Path) -> None:
    here, second = scene(tmp_path, FailureCause.CIRCUIT_LOST, FailureCause.INTRODUCTION_FAILED)
    state, canary, _ = visited(here, with_canary(here, FailureCause.CIRCUIT_LOST))
    assert (state, canary, second.asked) == (SiteState.UNKNOWN, FailureCause.CIRCUIT_LOST.value, [])


@pytest.mark.parametrize("ill", ["tor", "canary"])
def test_the_history_tells_no_answer_where_nothing_is_known(tmp_path: Path, ill: str) -> None:
    here, _ = scene(tmp_path, page_of(), FailureCause.INTRODUCTION_FAILED)
    here.visit()
    here.onions.replies = {f"{HOME}/": FailureCause.CIRCUIT_LOST}
    here.tor.well = ill != "tor"
    visited(here, with_canary(here, FailureCause.CIRCUIT_LOST))
    silent, before = here.ledger.overview().history(here.key)
    assert (silent.outcome, silent.counts.tor_healthy, silent.counts.canary_silent) == (
        FailureCause.CIRCUIT_LOST.value,
        ill != "tor",
        ill == "canary",
    )
    assert [seen(silent), seen(before)] == [UptimeObservation.UNKNOWN, UptimeObservation.ANSWERED]
    assert uptime([silent, before]) == Uptime(answered=1, told=1)


def test_a_canary_that_no_list_names_is_not_fetched_and_proves_nothing(tmp_path: Path) -> None:
    here, _ = scene(tmp_path, FailureCause.CIRCUIT_LOST, FailureCause.INTRODUCTION_FAILED)
    state, canary, _ = visited(here, with_canary(here, page_of(), number=9))
    assert (state, canary) == (SiteState.UNKNOWN, FailureCause.NOT_LISTED.value)


def test_every_look_is_on_the_record_before_it_is_made(tmp_path: Path) -> None:
    here, _ = scene(tmp_path, FailureCause.CIRCUIT_LOST, FailureCause.INTRODUCTION_FAILED)
    visited(here, with_canary(here, page_of()))
    leaves = [here.ledger.leaf(index).decode() for index in range(_size(here))]
    purposes = [name for leaf in leaves for name in ("page", "evidence", "canary") if f'"purpose":"{name}"' in leaf]
    assert purposes == ["page", "canary", "evidence", "canary"]


def _size(here: Scene) -> int:
    return int(here.ledger.checkpoint().splitlines()[1])


def test_the_visit_of_another_site_says_nothing_of_this_one(tmp_path: Path) -> None:
    here, second = scene(tmp_path, page_of(pictures=[f"{OTHER}/known-1"]), FailureCause.INTRODUCTION_FAILED)
    here.onions.replies = {**here.onions.replies, f"{OTHER}/known-1": FailureCause.INTRODUCTION_FAILED}
    assert here.visit().evidence.state is SiteState.UP
    assert second.asked == []
