"""Which validators are taken from an answer: those that stand for the bytes."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchange.validators import Validators, validators

CHANGED = "Mon, 05 Jan 2026 10:00:00 GMT"
ANSWERED = "Mon, 05 Jan 2026 10:01:00 GMT"
TOO_SOON = "Mon, 05 Jan 2026 10:00:59 GMT"


def test_a_strong_etag_and_an_older_date_are_taken_as_they_came() -> None:
    found = validators(['"5f-1a"'], [CHANGED], [ANSWERED])
    assert found == Validators('"5f-1a"', CHANGED)
    assert list(found.headers.items()) == [("If-Modified-Since", CHANGED), ("If-None-Match", '"5f-1a"')]


@pytest.mark.parametrize(
    "etag", ['W/"a"', "a", '"a', '""', '"a"b"', '"a b"', '"a\r\nX: y"', '"' + "a" * 201 + '"', "*"]
)
def test_an_etag_that_is_weak_or_malformed_is_none(etag: str) -> None:
    assert validators([etag], [], []) == Validators()


def test_two_etags_are_none() -> None:
    assert not validators(['"a"', '"b"'], [], [])


@pytest.mark.parametrize(
    ("changed", "answered"),
    [(CHANGED, TOO_SOON), (CHANGED, ""), (CHANGED, CHANGED), ("yesterday", ANSWERED), (CHANGED[:-3] + "UTC", ANSWERED)],
)
def test_a_date_that_may_hide_a_change_is_none(changed: str, answered: str) -> None:
    assert not validators([], [changed], [answered])


@given(st.integers(100_000, 7_000_000_000), st.integers(-100, 100_000))
def test_a_date_is_strong_from_a_minute_on(since_1970: int, seconds: int) -> None:
    changed = datetime.fromtimestamp(since_1970, UTC)
    answered = format_datetime(changed + timedelta(seconds=seconds), usegmt=True)
    assert bool(validators([], [format_datetime(changed, usegmt=True)], [answered])) is (seconds >= 60)


@given(st.text(), st.text(), st.text())
def test_whatever_a_site_sends_makes_at_most_two_headers_of_one_line(etag: str, changed: str, answered: str) -> None:
    for value in validators([etag], [changed], [answered]).headers.values():
        assert value.isascii()
        assert value.isprintable()
