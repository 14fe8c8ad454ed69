"""A visit's cookies: what a browser would send back, bounded, to nobody else, and gone with the visit."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchange.cookies import COOKIE_BYTES_MOST, COOKIES_MOST, HEADER_BYTES_MOST, Jar
from tests.authority.making import NOW, address
from tests.fetch.permits import permit_for
from tests.simulators.onions import MovedClock


def jar() -> Jar:
    return Jar(MovedClock(NOW, timedelta(0)))


def sent(*lines: str, to: str = "/a/page", by: str = "/a/page") -> str:
    kept = jar()
    kept.take(permit_for(by), lines)
    return kept.header(permit_for(to))


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        (["a=1"], "a=1"),
        (["a=1; Path=/; HttpOnly; Secure; SameSite=Lax"], "a=1"),
        (["a=1", "b=2"], "a=1; b=2"),
        (["a=1", "a=2"], "a=2"),
        (["a=1; Path=/a/page/more"], ""),
        (["a=1; Path=/", "b=2; Path=/a"], "b=2; a=1"),
        (["a=1", "a=gone; Max-Age=0"], ""),
        (["a=1", "a=gone; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], ""),
        (["a=1; Expires=nonsense"], "a=1"),
        (["a=1; Domain=other.onion"], "a=1"),
        (["a="], "a="),
        (["no pair"], ""),
        (["=1"], ""),
        (["a=\x01"], ""),
        (["a=1\r\nX: y"], ""),
        (["a=\u00e9"], ""),
    ],
)
def test_what_goes_back(lines: list[str], header: str) -> None:
    assert sent(*lines) == header


def test_a_cookie_goes_to_the_host_that_set_it_alone() -> None:
    kept = jar()
    kept.take(permit_for("/"), ["a=1; Path=/"])
    assert kept.header(permit_for("/x")) == "a=1"
    assert kept.header(permit_for("/x", host=address(2))) == ""


def test_the_folder_of_the_page_is_the_usual_path() -> None:
    assert sent("a=1", by="/a/page", to="/a/other") == "a=1"
    assert sent("a=1", by="/a/page", to="/b") == ""


def test_is_bounded() -> None:
    many = sent(*(f"c{number}={'x' * 300}; Path=/" for number in range(90)))
    assert many.count("=") <= COOKIES_MOST
    assert len(many) <= HEADER_BYTES_MOST
    assert sent(f"a={'x' * COOKIE_BYTES_MOST}") == ""


def test_says_when_what_is_sent_has_changed() -> None:
    kept = jar()
    changes = []
    for line in ("a=1", "a=1", "a=2", "a=2; Max-Age=0"):
        kept.take(permit_for("/"), [line])
        changes.append(kept.changes)
    assert changes == [1, 1, 2, 3]


def test_shows_no_cookie() -> None:
    kept = jar()
    kept.take(permit_for("/"), ["secret=word"])
    assert "word" not in repr(kept)


@given(st.lists(st.text(max_size=200), max_size=20))
def test_any_lines_make_a_header_that_can_be_sent(lines: list[str]) -> None:
    header = sent(*lines)
    assert header.isascii()
    assert not any(ord(letter) < 0x20 or letter == "\x7f" for letter in header)
