"""References become the URLs that a browser would ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.urls.reference import resolve
from scanner.urls.url import Url, read_url
from tests.fetch.permits import OTHER, SITE

BASE = f"http://{SITE}/a/b.html?c=d"
ROOT = f"http://{SITE}"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("x.jpg", f"{ROOT}/a/x.jpg"),
        ("/x.jpg", f"{ROOT}/x.jpg"),
        ("../../x.jpg", f"{ROOT}/x.jpg"),
        (".", f"{ROOT}/a/"),
        ("?e", f"{ROOT}/a/b.html?e"),
        ("#f", f"{ROOT}/a/b.html?c=d"),
        ("x.jpg#f", f"{ROOT}/a/x.jpg"),
        ("  x.jpg\n", f"{ROOT}/a/x.jpg"),
        ("x\n\t.jpg", f"{ROOT}/a/x.jpg"),
        ("images\\x.jpg", f"{ROOT}/a/images/x.jpg"),
        ("x.jpg?a\\b", f"{ROOT}/a/x.jpg?a\\b"),
        (f"//{OTHER}/x", f"http://{OTHER}/x"),
        (f"\\\\{OTHER}\\x", f"http://{OTHER}/x"),
        (f"///{OTHER}/x", f"http://{OTHER}/x"),
        (f"HTTP://{OTHER.upper()}/x", f"http://{OTHER}/x"),
        (f"http:{OTHER}", f"{ROOT}/a/{OTHER}"),
        ("http:/x", f"{ROOT}/x"),
        (f"https:{OTHER}/x", f"https://{OTHER}/x"),
        (f"https:\\{OTHER}/x", f"https://{OTHER}/x"),
        (f"http://{OTHER}:80/x", f"http://{OTHER}/x"),
        (f"http://{OTHER}", f"http://{OTHER}/"),
        ("ä b.jpg", f"{ROOT}/a/%C3%A4%20b.jpg"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("magnet:?xt=urn:btih:0", "magnet:?xt=urn:btih:0"),
        ("http://[", "http://["),
    ],
)
def test_a_reference_is_read_as_browsers_read_it(reference: str, url: str) -> None:
    assert resolve(BASE, reference) == url


@pytest.mark.parametrize(
    "reference",
    [
        f"http://{SITE}\\@evil.example/",
        f"http://{SITE}%2eevil.example/",
        f"http://user@{SITE}/",
        f"http://{SITE}@evil.example/",
        f"//{SITE}.evil.example/",
    ],
)
def test_tricks_with_the_host_end_nowhere_else(reference: str) -> None:
    """What results is refused, or names the host that stands in it for every parser."""
    url = read_url(resolve(BASE, reference))
    assert not isinstance(url, Url) or url.host in {SITE, f"{SITE}.evil.example"}


def test_an_overlong_reference_is_no_url() -> None:
    found = resolve(BASE, "http://" + "x" * 10_000)
    assert found.startswith("overlong:")
    assert len(found) < 200


@given(st.text(max_size=60))
def test_every_reference_ends_as_one_form(reference: str) -> None:
    found = resolve(BASE, reference)
    url = read_url(found)
    assert not isinstance(url, Url) or str(url) == found
    assert resolve(BASE, found) == found or not isinstance(url, Url)
