"""Every picture that a real browser asks for on a page must have been found on it. Scripts are off, as ours are."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from scanner.page.headers import with_head
from scanner.page.reading.read_page import read_page
from scanner.visit.subresources import PARTS_MOST
from tests.page.every_way import LINK, EveryWay

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

PAGES = ("", "frameset.html", "quirks.html")

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed (Debian: chromium)")


@pytest.fixture(scope="module")
def site() -> Iterator[EveryWay]:
    with EveryWay() as site:
        yield site


@pytest.fixture(scope="module")
def asked(site: EveryWay, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """All that the browser asked the site for, to show its pages."""
    profile = tmp_path_factory.mktemp("profile")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=FLAGS, java_script_enabled=False, headless=True
        ) as browser,
    ):
        page = browser.new_page()
        for path in PAGES:
            page.goto(site.url + path, wait_until="networkidle")
    return set(site.asked)


def found_by_us(site: EveryWay, path: str) -> set[str]:
    """The paths (with queries) of all pictures that we find on a page and its parts, read as a visit reads them."""
    found: set[str] = set()
    waiting, known = deque([path]), {path}
    while waiting and len(known) < PARTS_MOST:
        at = waiting.popleft()
        kind, body = site.answer(at)
        content = with_head(read_page(body, site.url + at[1:], kind), site.url + at[1:], "", LINK)
        found |= {_path(picture.untrusted_url) for picture in content.pictures}
        for part in map(_path, content.untrusted_parts):
            if part not in known:
                known.add(part)
                waiting.append(part)
    return found


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def test_every_picture_that_a_browser_asks_for_is_found(site: EveryWay, asked: set[str]) -> None:
    found = set().union(*(found_by_us(site, f"/{path}") for path in PAGES))
    pictures = {path for path in asked if path.startswith("/p/")}
    assert len(pictures) > 100  # the control: the browser did show the page
    assert pictures - found == set()


def test_the_browser_ran_no_script_and_left_the_loopback_alone(asked: set[str]) -> None:
    assert not [path for path in asked if path.endswith(".js")]


def test_what_a_browser_does_not_ask_for_is_found_too(site: EveryWay) -> None:
    """Templates, comments, other resolutions and formats: named by the page, whoever may be shown them."""
    found = found_by_us(site, "/")
    for name in ("template", "comment", "og", "json-ld", "direct", "w-200", "set-2x", "not-this", "touch", "print"):
        assert any(path.startswith(f"/p/{name}.") for path in found), name
