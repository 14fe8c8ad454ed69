"""A site that asks to wait: honoured within bounds, put off and resumed, never blamed, never a way to be left alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reports.sighting import SiteState
from scanner.exchange.failure import FailureCause
from scanner.fetch.patience import Patience, PatiencePolicy, retry_after
from scanner.fetch.rate_limit import SLOWEST_SECONDS, RateLimiter, RateLimiters
from scanner.visit.page_steps import GUESSED_QUEUE_TRIES, QUEUE_TRIES
from tests.authority.making import address
from tests.simulators.onions import Reply, page_of, picture
from tests.visit.scene import HOME, LIMITS, OTHER, Scene

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SHORT, LONG = "0", "3600"
PICTURE = f"{HOME}/a.png"
SITE: dict[str, Reply | FailureCause] = {
    f"{HOME}/": page_of([f"{HOME}/more"], [PICTURE]),
    f"{HOME}/more": page_of(pictures=[f"{HOME}/b.png"]),
    PICTURE: picture("known-a"),
    f"{HOME}/b.png": picture("known-b"),
}


@dataclass
class Asking(Mapping[str, Reply | FailureCause]):
    """The site, which asks to wait at some URLs so many times each."""

    asks: dict[str, int]
    reply: Reply
    site: Mapping[str, Reply | FailureCause] = field(default_factory=lambda: SITE)

    def __getitem__(self, url: str) -> Reply | FailureCause:
        if self.asks.get(url, 0) > 0:
            self.asks[url] -= 1
            return self.reply
        return self.site[url]

    def __iter__(self) -> Iterator[str]:
        return iter(self.site)

    def __len__(self) -> int:
        return len(self.site)


def asking(status: int, after: str = "") -> Reply:
    return Reply(b"nothing but: slow down", status=status, retry_after=after)


def due(scene: Scene) -> datetime:
    return next(site for site in scene.ledger.sites() if site.key == scene.key).due


@pytest.mark.parametrize("reply", [asking(429), asking(503), asking(429, SHORT), asking(503, SHORT)])
@pytest.mark.parametrize("url", [f"{HOME}/", f"{HOME}/more", PICTURE])
def test_a_short_wait_is_waited_and_nothing_is_missed(tmp_path: Path, url: str, reply: Reply) -> None:
    scene = Scene(tmp_path, Asking({url: 1}, reply))
    end = scene.visit()
    assert (end.outcome, end.pages_read, end.pages_failed) == ("visited", 2, 0)
    assert [page["counts"]["matched"] for page in scene.pages()] == [1, 1]
    assert scene.onions.asked.count(url) == 2


def test_the_pace_is_lowered_and_remembered(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Asking({PICTURE: 1}, asking(429, SHORT)))
    services = scene.services()
    scene.visit(services)
    gap = services.rate_limits.of(address(1)).slow_seconds
    assert gap > 0
    services = scene.services()  # as a new process has it
    assert not services.rate_limits.of(address(1)).slow_seconds
    scene.visit(replace(services, limits=replace(LIMITS, pages=1, pictures=0)))
    assert 0 < services.rate_limits.of(address(1)).slow_seconds < gap


def test_a_pace_is_lowered_within_bounds() -> None:
    limiter = RateLimiter(6_000)
    for _ in range(20):
        limiter.slow_down()
    assert limiter.slow_seconds == SLOWEST_SECONDS


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("url", [f"{HOME}/more", f"{HOME}/b.png"])
def test_a_long_wait_puts_the_rest_off_and_the_next_visit_goes_on(tmp_path: Path, url: str, status: int) -> None:
    scene = Scene(tmp_path, Asking({url: 1}, asking(status, LONG)))
    end = scene.visit()
    assert end.outcome == "asked to wait"
    assert end.evidence.state is SiteState.UP
    assert timedelta(minutes=59) < due(scene) - scene.clock.now <= timedelta(hours=1)
    assert next(site for site in scene.ledger.sites() if site.key == scene.key).failures == 0
    before = len(scene.onions.asked)
    end = scene.visit()
    assert (end.outcome, end.pages_left) == ("visited", 0)
    assert f"{HOME}/" not in scene.onions.asked[before:]
    pages = {page["page"]["url"]: page["counts"]["matched"] for page in scene.pages() if not page["page"]["cause"]}
    assert pages == {f"{HOME}/": 1, f"{HOME}/more": 1}


def test_a_page_that_asks_to_wait_has_a_record_that_says_so(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Asking({f"{HOME}/": 9}, asking(429, LONG)))
    end = scene.visit()
    assert (end.outcome, end.pages_read, end.evidence.state) == ("asked to wait", 0, SiteState.UP)
    assert [page["page"]["cause"] for page in scene.pages()] == ["asked to wait"]


def test_nothing_more_is_fetched_from_a_site_that_asked_for_a_long_wait(tmp_path: Path) -> None:
    pictures = [f"{HOME}/{n}.png" for n in range(20)]
    site = {f"{HOME}/": page_of(pictures=pictures)}
    scene = Scene(tmp_path, Asking(dict.fromkeys(pictures, 9), asking(429, LONG), site))
    scene.visit()
    assert len(scene.onions.asked) <= 1 + LIMITS.pictures_at_once
    assert scene.pages()[0]["counts"]["failed"] == {"asked to wait": 20}


def test_a_site_that_asks_for_ever_is_visited_to_the_end_all_the_same(tmp_path: Path) -> None:
    """One picture always asks: the visit is put off so often in a row, and then goes on without it."""
    scene = Scene(tmp_path, Asking({PICTURE: 99}, asking(429, LONG)))
    ends = [scene.visit().outcome for _ in range(PatiencePolicy().put_offs + 1)]
    assert ends == ["asked to wait"] * PatiencePolicy().put_offs + ["visited"]
    last = {page["page"]["url"]: page["counts"] for page in scene.pages()}
    assert last[f"{HOME}/"]["failed"] == {"asked to wait": 1}
    assert last[f"{HOME}/more"]["matched"] == 1


def test_waits_grow_and_have_an_end() -> None:
    policy = PatiencePolicy()
    waits = [Patience("a", policy, put_offs).refused("a", "", NOW) for put_offs in range(policy.put_offs + 1)]
    assert waits == [60, 120, 240, 0]
    assert Patience("a", policy).refused("a", "999999999", NOW) == policy.put_off_seconds_most


def test_one_url_that_asks_without_a_time_does_not_put_the_visit_off(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Asking({PICTURE: 99}, asking(503)))
    assert scene.visit().outcome == "visited"
    assert [page["counts"]["failed"] for page in scene.pages()] == [{"asked to wait": 1}, {}]


def test_another_sites_long_wait_costs_its_own_pictures_alone(tmp_path: Path) -> None:
    others = [f"{OTHER}/{n}.png" for n in range(4)]
    site = {**SITE, f"{HOME}/": page_of([f"{HOME}/more"], [*others, PICTURE])}
    scene = Scene(tmp_path, Asking(dict.fromkeys(others, 9), asking(429, LONG), site))
    assert scene.visit().outcome == "visited"
    first = scene.pages()[0]["counts"]
    assert (first["failed"], first["matched"]) == ({"asked to wait": 4}, 1)
    assert sum(url in others for url in scene.onions.asked) <= LIMITS.pictures_at_once


def test_a_site_that_another_visit_was_asked_to_leave_alone_is_put_off(tmp_path: Path) -> None:
    scene = Scene(tmp_path, SITE)
    limiters = RateLimiters(lambda _address: 1_000_000.0)
    limiters.of(address(1)).close(3_600)
    end = scene.visit(replace(scene.services(), rate_limits=limiters))
    assert (end.outcome, scene.onions.asked) == ("asked to wait", [])
    assert due(scene) - scene.clock.now > timedelta(minutes=50)


QUEUES = [
    (page_of([f"{HOME}/"]), GUESSED_QUEUE_TRIES),
    (replace(page_of(), refresh="0"), 3),
    (replace(page_of([f"{HOME}/help"]), refresh="0; url=/"), 3),
    (replace(page_of([f"{HOME}/"]), status=503), 3),
]


@pytest.mark.parametrize(("queue", "times"), QUEUES)
def test_a_queue_is_waited_in_as_a_browser_without_scripts_would(tmp_path: Path, queue: Reply, times: int) -> None:
    scene = Scene(tmp_path, Asking({f"{HOME}/": times}, queue))
    end = scene.visit()
    assert (end.outcome, end.pages_read, scene.onions.asked.count(f"{HOME}/")) == ("visited", 2, times + 1)
    assert [page["counts"]["matched"] for page in scene.pages()] == [1, 1]


def test_a_queue_without_end_is_left_after_some_tries(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Asking({f"{HOME}/": 99}, replace(page_of([f"{HOME}/help"]), refresh="0")))
    assert scene.visit().outcome == "visited"
    assert scene.onions.asked.count(f"{HOME}/") == 1 + QUEUE_TRIES


def test_a_page_that_leads_to_nothing_but_itself_costs_little_and_only_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": page_of([f"{HOME}/"])})
    for expected in (1 + GUESSED_QUEUE_TRIES, 2 + GUESSED_QUEUE_TRIES):
        scene.visit()
        assert scene.onions.asked.count(f"{HOME}/") == expected


def test_a_page_that_shows_something_and_refreshes_itself_later_is_no_queue(tmp_path: Path) -> None:
    shows = replace(page_of([f"{HOME}/"], [PICTURE]), refresh="300")
    scene = Scene(tmp_path, {**SITE, f"{HOME}/": shows})
    scene.visit()
    assert scene.onions.asked.count(f"{HOME}/") == 1


def test_all_waits_of_a_visit_have_a_bound() -> None:
    patience = Patience("a", PatiencePolicy(visit_seconds_most=10))
    assert patience.seconds_to_retry("8", NOW, 0) == 8
    patience.waited(8)
    assert patience.seconds_to_retry("8", NOW, 0) is None
    assert patience.seconds_to_retry("1", NOW, 0) == 1
    assert patience.seconds_to_retry("1", NOW, 2) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 10, None),
        ("٣", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
