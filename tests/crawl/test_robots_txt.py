"""robots.txt: read as RFC 9309 says, recorded by default, obeyed where the mandate says so."""

import re
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.authority.permit import Permit, PermitPurpose
from scanner.authority.refusal import Refusal
from scanner.crawl.robots_txt import RULES_MOST, allowed, rules_of
from scanner.crawl.traps import Trap
from scanner.exchange.failure import FailureCause
from scanner.visit.robots import FORBIDDEN
from tests.authority.making import NOW, a_target, verified
from tests.fetch.permits import PERMITS, SITE
from tests.simulators.onions import Reply, page_of, picture
from tests.visit.scene import HOME, Scene, scope

ROBOTS = b"User-agent: *\nDisallow: /private\nDisallow: /*.png$\nAllow: /private/but-this\n"
PAGES: dict[str, Reply | FailureCause] = {
    f"{HOME}/": page_of(
        links=[f"{HOME}/private/a", f"{HOME}/private/but-this", f"{HOME}/open"],
        pictures=[f"{HOME}/known.png", f"{HOME}/known.jpg"],
    ),
    f"{HOME}/private/a": page_of(),
    f"{HOME}/private/but-this": page_of(),
    f"{HOME}/open": page_of(links=[f"{HOME}/private/a"]),
    f"{HOME}/known.png": picture("known-p"),
    f"{HOME}/known.jpg": picture("known-j"),
    f"{HOME}/robots.txt": Reply(ROBOTS, "text/plain"),
}


class ObeyingScene(Scene):
    """The same two sites, under a list that obeys robots.txt."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.list = verified(targets=[self.target, a_target(2, requests_per_minute=6_000)], robots="obeyed")


@pytest.mark.parametrize("scene_of", [Scene, ObeyingScene])
def test_the_sitemaps_that_it_names_are_read(tmp_path: Path, scene_of: type[Scene]) -> None:
    robots = f"User-agent: other\nDisallow: /\nSITEMAP: {HOME}/map.xml\nSitemap: /map.xml\nSitemap: http://off.example/"
    sites = {
        f"{HOME}/": page_of(),
        f"{HOME}/robots.txt": Reply(robots.encode(), "text/plain"),
        f"{HOME}/map.xml": page_of(links=[f"{HOME}/hidden"]),
        f"{HOME}/hidden": page_of(),
    }
    scene = scene_of(tmp_path, sites)
    assert scene.visit().pages_read == 3
    assert [url for url in scene.onions.asked if "off" in url] == []


def end_of(scene: Scene) -> dict[str, Any]:
    whole = scene.records()[-1]["end"]
    assert isinstance(whole, dict)
    return whole


@pytest.mark.parametrize(
    ("body", "target", "may"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /a", "/a/b", False),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: GoogleBot\nDisallow: /", "/a", True),
        ("User-agent: GoogleBot\nUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /x\nUser-agent: other\nDisallow: /a", "/a", True),
        ("user-agent:*\ndisallow:/a # why", "/a", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.php$", "/x/y.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/x/y.php?z", True),
        ("User-agent: *\nDisallow: /*a*b", "/xaxxb", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("Disallow: /", "/a", True),
        ("<html>not found</html>", "/a", True),
    ],
)
def test_is_read_as_the_standard_says(body: str, target: str, may: bool) -> None:  # noqa: FBT001 - a row of the table
    assert allowed(rules_of(body.encode()), target) is may


@given(st.text(alphabet="/ab*$", max_size=12), st.text(alphabet="/ab", max_size=12))
def test_patterns_fit_as_a_plain_reading_of_them_does(pattern: str, target: str) -> None:
    body, end = (pattern[:-1], r"\Z") if pattern.endswith("$") else (pattern, "")
    plainly = re.match(".*".join(map(re.escape, body.split("*"))) + end, target, re.DOTALL)
    assert allowed(((False, pattern),), target) is (plainly is None)


@given(st.binary(max_size=500))
def test_any_bytes_have_a_reading(untrusted: bytes) -> None:
    allowed(rules_of(b"User-agent: *\n" + untrusted), "/a?b")


def test_is_bounded() -> None:
    assert len(rules_of(b"User-agent: *\n" + b"Disallow: /x\n" * 20_000)) == RULES_MOST


def test_by_default_it_is_recorded_and_all_is_read(tmp_path: Path) -> None:
    scene = Scene(tmp_path, PAGES)
    end = scene.visit()
    assert (end.pages_read, end.links_left) == (4, {})
    seen = {"answer": "read", "body_sha256": sha256(ROBOTS).hexdigest(), "obeyed": False, "pages_forbidden": 1}
    assert end_of(scene)["robots"] == seen
    remarked = [page["page"]["url"] for page in scene.pages() if FORBIDDEN in page["page"]["notes"]]
    assert remarked == [f"{HOME}/private/a"]
    assert scene.onions.robots == [f"{HOME}/robots.txt"]


def test_where_the_mandate_obeys_it_what_it_forbids_is_not_asked_for(tmp_path: Path) -> None:
    scene = ObeyingScene(tmp_path, PAGES)
    end = scene.visit()
    assert sorted(scene.onions.asked) == [f"{HOME}/", f"{HOME}/known.jpg", f"{HOME}/open", f"{HOME}/private/but-this"]
    assert end.links_left == {Trap.ROBOTS: 1}
    assert end_of(scene)["robots"]["pages_forbidden"] == 1
    assert scene.pages()[0]["counts"]["not_fetched"] == {"robots.txt forbids it, and the mandate obeys": 1}


def test_a_site_that_forbids_everything_is_said_to(tmp_path: Path) -> None:
    shut = {**PAGES, f"{HOME}/robots.txt": Reply(b"User-agent: *\nDisallow: /", "text/plain")}
    scene = ObeyingScene(tmp_path, shut)
    assert scene.visit().outcome == Trap.ROBOTS
    assert scene.onions.asked == []


@pytest.mark.parametrize(
    ("reply", "answer", "asked"),
    [
        (Reply(b"x", status=404), "HTTP 404", True),
        (Reply(b"x", status=503), "HTTP 503", False),
        (FailureCause.EMPTY_REPLY, "empty reply", True),
    ],
)
def test_a_robots_file_that_cannot_be_had(
    tmp_path: Path,
    reply: Reply | FailureCause,
    answer: str,
    asked: bool,  # noqa: FBT001 - a row of the table
) -> None:
    scene = ObeyingScene(tmp_path, {**PAGES, f"{HOME}/robots.txt": reply})
    scene.visit()
    assert end_of(scene)["robots"]["answer"] == answer
    assert bool(scene.onions.asked) is asked


def test_a_site_that_is_down_is_not_asked_twice(tmp_path: Path) -> None:
    scene = Scene(tmp_path, {f"{HOME}/": FailureCause.NO_DESCRIPTOR})
    scene.visit()
    assert scene.onions.robots == []
    assert end_of(scene)["robots"]["answer"] == "not asked for"


def test_it_is_asked_for_outside_of_the_scope_and_nothing_else_is(tmp_path: Path) -> None:
    narrow = scope(start_paths=["/open"], scope={"depth": 2, "pages": 9, "path_prefixes": ["/open"]})
    scene = Scene(tmp_path, PAGES, narrow)
    scene.visit()
    assert (scene.onions.asked, scene.onions.robots) == ([f"{HOME}/open"], [f"{HOME}/robots.txt"])


@pytest.mark.parametrize(
    ("path", "may"), [("/robots.txt", True), ("/robots.txt?x", False), ("/", False), ("/a", False)]
)
def test_a_permit_for_robots_is_for_nothing_else(path: str, may: bool) -> None:  # noqa: FBT001 - a row of the table
    answer = PERMITS.permit(f"http://{SITE}{path}", NOW, PermitPurpose.ROBOTS)
    assert isinstance(answer, Permit if may else Refusal)


def test_pictures_do_not_wait_for_it_where_it_is_only_recorded(tmp_path: Path) -> None:
    """A robots.txt that is slow holds up the record of the first page, and nobody's fetch."""
    picture_asked = Event()
    scene = Scene(tmp_path, PAGES)
    scene.onions.before = lambda url: picture_asked.set() if url == f"{HOME}/known.jpg" else None
    scene.onions.held = {f"{HOME}/robots.txt": picture_asked}
    scene.visit()
    assert picture_asked.is_set()
    assert end_of(scene)["robots"]["answer"] == "read"
