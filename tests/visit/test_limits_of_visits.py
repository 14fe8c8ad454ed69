"""The limits of one visit, its cookies, and what its record says of the rest."""

from dataclasses import replace
from pathlib import Path

from scanner.crawl.frontier import DATES_MOST
from scanner.exchange.failure import FailureCause
from tests.simulators.onions import Reply, page_of, picture
from tests.visit.scene import HOME, LIMITS, Scene, scope

PAGES = {
    f"{HOME}/": page_of(links=[f"{HOME}/{n}" for n in range(9)]),
    **{f"{HOME}/{n}": page_of(pictures=[f"{HOME}/{n}.png"]) for n in range(9)},
    **{f"{HOME}/{n}.png": picture("known-" + "x" * 400) for n in range(9)},
}
WALL = Reply(status=302, location="/", set_cookie="visitor=1; Path=/")


def end_of(scene: Scene) -> dict[str, object]:
    whole = scene.records()[-1]["end"]
    assert isinstance(whole, dict)
    return whole


def test_the_byte_budget_ends_a_visit_and_says_so(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PAGES, limits=replace(LIMITS, bytes=2_000))
    end = scene.visit()
    assert (end.outcome, end.spent) == ("visited", "bytes")
    assert 0 < end.received_bytes <= 2_000 + 500
    assert end.pages_read + end.pages_failed + end.pages_left == 10
    assert end.pages_failed <= 1  # the page that was asked for while the pictures spent the rest
    assert end_of(scene)["spent"] == "bytes"


def test_the_list_narrows_the_byte_budget_and_never_widens_it(tmp_path: Path) -> None:
    for number, (listed, spent) in enumerate([(1_500, "bytes"), (10**9, "bytes")]):
        (folder := tmp_path / str(number)).mkdir()
        target = scope(scope={"depth": 9, "pages": 99, "bytes": listed})
        scene = Scene(folder, PAGES, target, replace(LIMITS, bytes=2_000))
        end = scene.visit()
        assert end.spent == spent
        assert end.received_bytes <= min(listed, 2_000) + 500


def test_pictures_that_the_byte_budget_left_are_named(tmp_path: Path) -> None:
    shown = [f"{HOME}/{n}.png" for n in range(9)]
    scene = Scene(tmp_path, {**PAGES, f"{HOME}/": page_of(pictures=shown)}, limits=replace(LIMITS, bytes=2_000))
    scene.visit()
    counts = scene.pages()[0]["counts"]
    left = counts["not_fetched"]["the visit's byte budget was spent"] + sum(counts["failed"].values())
    assert left + counts["matched"] == 9
    assert counts["not_fetched"]["the visit's byte budget was spent"] > 0


def test_a_visit_that_read_all_says_that_nothing_was_spent(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PAGES)
    end = scene.visit()
    assert (end.spent, end.pages_left, end.links_left) == ("", 0, {})


def test_traps_are_counted_in_the_visits_record(tmp_path: Path) -> None:
    days = [f"{HOME}/cal?year={year}&month={month}" for year in range(1900, 1920) for month in range(1, 25)]
    scene = Scene(
        tmp_path,
        {f"{HOME}/": page_of(links=[*days, f"{HOME}/a/a/a/a"]), **{day: page_of() for day in days}},
        scope(scope={"depth": 3, "pages": 500}),
        replace(LIMITS, pages=500, seconds=36_000),
    )
    end = scene.visit()
    calendar = {"one more date of a calendar": len(days) - DATES_MOST}
    assert end_of(scene)["links_left"] == {"its path repeats itself": 1, **calendar}
    assert end.pages_read == 1 + DATES_MOST


def test_a_site_that_asks_for_a_cookie_shows_its_pages(tmp_path: Path) -> None:
    replies = {f"{HOME}/": replace(page_of(pictures=[f"{HOME}/a.png"]), without_cookie=WALL)}
    scene = Scene(tmp_path, {**replies, f"{HOME}/a.png": picture("known-a")})
    assert scene.visit().outcome == "visited"
    assert scene.pages()[0]["counts"]["matched"] == 1
    assert scene.onions.asked[:2] == [f"{HOME}/", f"{HOME}/"]


def test_cookies_end_with_the_visit(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": replace(page_of(), without_cookie=WALL)})
    scene.visit()
    scene.visit()
    assert len(scene.onions.asked) == 4  # each visit met the wall anew


def test_without_cookies_the_wall_stays_and_is_named(tmp_path: Path) -> None:
    replies = {f"{HOME}/": replace(page_of(), without_cookie=WALL)}
    scene = Scene(tmp_path, replies, limits=replace(LIMITS, cookies=False))
    assert scene.visit().outcome == FailureCause.REDIRECT_LOOP
