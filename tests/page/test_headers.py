"""What the head of an answer names: a browser follows it, and shows what it names."""

import pytest

from scanner.page.content import PageContent, PictureRef
from scanner.page.headers import refreshed, with_head
from tests.fetch.permits import SITE

URL = f"http://{SITE}/a/b"
EMPTY = PageContent((), (), ())


@pytest.mark.parametrize(
    ("value", "leads_to"),
    [
        ("0; url=next", ["next"]),
        ("5;URL='next'zzz", ["next"]),
        ('0.5 , url = "next"', ["next"]),
        ("0 next", ["next"]),
        ("0;url=next?it's", ["next?it's"]),
        ("0;url='next", ["next"]),
        ("5", []),
        ("", []),
        ("url=next", []),
        ("0;" + " " * 8_000, []),
    ],
)
def test_a_refresh_leads_on(value: str, leads_to: list[str]) -> None:
    assert list(refreshed(value)) == leads_to


def test_the_head_names_pages_pictures_and_parts() -> None:
    link = '<p1>; rel=preload; as=image, <p2>;as="image";rel="x preload", <s.css>; rel=stylesheet, <n>; rel=next, <f>'
    content = with_head(EMPTY, URL, "0; url=../on", link)
    assert content.untrusted_links == (f"http://{SITE}/on", f"http://{SITE}/a/n")
    assert content.pictures == tuple(PictureRef(f"http://{SITE}/a/{name}", "preload") for name in ("p1", "p2"))
    assert content.untrusted_parts == (f"http://{SITE}/a/s.css",)


def test_what_the_page_names_too_stands_once() -> None:
    page = PageContent((f"http://{SITE}/on",), (PictureRef(f"http://{SITE}/a/p1", "img src"),), ())
    assert with_head(page, URL, "0;url=/on", "<p1>;rel=preload;as=image") == page


def test_a_head_that_names_nothing_changes_nothing() -> None:
    assert with_head(EMPTY, URL, "", "<mailto:a>; rel=next, <, ;;;, <https://") == EMPTY
