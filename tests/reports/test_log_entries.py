"""Entries: one sequence of bytes each, nothing in them that may not stand in a log."""

from datetime import UTC, datetime, timedelta
from hmac import new as hmac
from json import dumps, loads
from string import ascii_lowercase

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from reports.log.entry import LARGEST_NUMBER, LONGEST_TEXT, Kind, LogEntry, url_token

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
names = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=0x20, exclude_characters="\x7f"), max_size=60)
numbers = st.integers(-LARGEST_NUMBER, LARGEST_NUMBER)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
times = st.integers(0, 2**45).map(lambda milliseconds: EPOCH + timedelta(milliseconds=milliseconds))
entries = st.builds(
    LogEntry, st.integers(0, 2**40), times, st.sampled_from(Kind), st.dictionaries(names, texts | numbers, max_size=24)
)


@given(entries)
def test_an_entry_is_what_its_bytes_say(entry: LogEntry) -> None:
    assert LogEntry.from_bytes(entry.to_bytes()) == entry


@given(entries)
def test_the_bytes_are_canonical_json(entry: LogEntry) -> None:
    assert entry.to_bytes() == rfc8785.dumps(loads(entry.to_bytes()))


@given(entries, st.data())
def test_another_spelling_is_no_entry(entry: LogEntry, data: st.DataObject) -> None:
    fields = loads(entry.to_bytes())
    spelt = data.draw(
        st.sampled_from(
            [
                dumps(fields, sort_keys=True).encode(),
                dumps(fields, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode() + b" ",
                dumps(fields | {"more": 1}, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode(),
                dumps(fields | {"format": 2}, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode(),
                dumps({k: v for k, v in fields.items() if k != "time"}, separators=(",", ":")).encode(),
            ]
        )
    )
    with pytest.raises(ValueError, match=r"entry|canonical|time"):
        LogEntry.from_bytes(spelt)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_hostile_bytes_are_refused_by_value_error_alone(untrusted: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do: that it is a ValueError is the point
        LogEntry.from_bytes(untrusted)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, json_values, json_values, json_values)
def test_hostile_fields_are_refused_by_value_error_alone(index: object, kind: object, time: object, of: object) -> None:
    fields = {"details": of, "format": 1, "index": index, "kind": kind, "time": time}
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do: that it is a ValueError is the point
        LogEntry.from_bytes(dumps(fields, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogatepass"))


@pytest.mark.parametrize(
    "details",
    [
        {"a": True},
        {"a": 1.5},
        {"a": None},
        {"a": b"bytes"},
        {"a": LARGEST_NUMBER + 1},
        {"a": "x" * (LONGEST_TEXT + 1)},
        {"a": "line\nbreak"},
        {"a": "\x7f"},
        {"Name": 1},
        {"name\n": 1},
        {"": 1},
        dict.fromkeys(ascii_lowercase[:25], 1),
    ],
)
def test_details_that_may_not_stand_in_a_log_are_refused(details: dict[str, str | int]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - one reason each; the parameters name them
        LogEntry(0, NOON, Kind.POLICY, details).to_bytes()


def test_fields_are_read_by_their_type() -> None:
    entry = LogEntry(7, NOON, Kind.POLICY, {"name": "x", "count": 3})
    assert (entry.text("name"), entry.number("count")) == ("x", 3)
    for wrong in ("count", "missing"):
        with pytest.raises(ValueError, match=wrong):
            entry.text(wrong)
    for wrong in ("name", "missing"):
        with pytest.raises(ValueError, match=wrong):
            entry.number(wrong)


@given(st.binary(min_size=32, max_size=32), st.text())
def test_a_url_token_is_the_documented_hmac(opening: bytes, url: str) -> None:
    assert url_token(opening, url) == hmac(opening, url.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
