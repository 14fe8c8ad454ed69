"""Canonical JSON: one sequence of bytes, the same as RFC 8785's own, whichever way it is written."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from config.faults import Refused
from reports.canonical import READING, TEXT_MAX, canonical, clean_text, plain_form, read

NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@dataclass(frozen=True, slots=True)
class Form:
    name: str
    at: datetime
    digest: bytes
    offset: float | None = None


READER = TypeAdapter(tuple[Form], config=READING)
FORM = Form("x", datetime(2026, 11, 23, 12, 0, 0, 120_000, tzinfo=UTC), b"\x00\xff", 0.25)


def back(data: bytes) -> Form | Refused:
    return read(READER, data, "test")


@given(VALUES)
def test_common_values_are_written_as_the_standard_says(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [1.0, -0.0, 1e-7, 1e-4, 123456.789, 1e15, 1e16, 1e21, 5e-324, 0.1, -2.5])
def test_numbers_are_written_as_the_standard_says(number: float) -> None:
    assert canonical([number]) == rfc8785.dumps([number])


@pytest.mark.parametrize("number", [2**53, -(2**53), float("inf"), float("nan")])
def test_numbers_that_json_cannot_hold_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match=r".*"):
        canonical([number])


def test_keys_are_sorted_by_utf_16_units() -> None:
    value = {"\U00010000": 1, "\ue000": 2, "a": 3}
    assert canonical(value) == rfc8785.dumps(value)


def test_a_form_reads_back() -> None:
    data = canonical(FORM)
    assert data == b'{"at":"2026-11-23T12:00:00.120Z","digest":"00ff","name":"x","offset":0.25}'
    assert back(data) == FORM


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"at":"2026-11-23T12:00:00.120Z","digest":"00ff","name":"x"}',
        b'{"at":"2026-11-23T12:00:00.120Z","digest":"00FF","name":"x","offset":0.25}',
        b'{"at":"2026-11-23T12:00:00.120Z","digest":"00ff","name":"x","offset":0.250}',
        b'{"at":"2026-11-23T12:00:00.120Z", "digest":"00ff","name":"x","offset":0.25}',
        b'{"at":"2026-11-23T12:00:00.120Z","digest":"00ff","name":"x","name":"x","offset":0.25}',
        b'{"at":"2026-11-23T12:00:00.120Z","digest":"00ff","extra":1,"name":"x","offset":0.25}',
        b'{"at":"2026-11-23T12:00:00.120","digest":"00ff","name":"x","offset":0.25}',
        b'{"at":"2026-11-23T12:00:00.120Z","digest":"00ff","name":1,"offset":0.25}',
        b'{"at":"2026-11-23T12:00:00.120Z","digest":"00ff","name":"x","offset":99999999999999999999}',
        b'{"at":"2026-11-23T12:00:00.120Z","digest":"00ff","name":"x","offset":0.25},{}',
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    assert isinstance(back(data), Refused)


@given(st.binary(max_size=60))
def test_reading_never_raises(data: bytes) -> None:
    assert isinstance(back(data), Refused)


@given(st.text(max_size=50))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    clean.encode()


def test_long_text_is_cut_to_the_limit() -> None:
    assert len(clean_text("\ud800" * TEXT_MAX)) == TEXT_MAX


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError):
        plain_form(object())
