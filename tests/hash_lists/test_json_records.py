import io
import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.hash_lists.formats import json_records
from matcher.hash_lists.formats.json_records import BrokenJsonError, Wanted, records
from matcher.hash_lists.importing import Digesting


class Dripping(io.BytesIO):
    """A file that gives a few bytes at a time, as a pipe may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 3, 3))


def read(data: bytes, *keys: str, file: type[io.BytesIO] = io.BytesIO) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    beside: dict[str, Any] = {}
    return list(records(Digesting(file(data), sha256()), Wanted(keys), beside)), beside


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.text(max_size=4), values, max_size=4)


@given(st.lists(objects, max_size=5), st.integers(0, 2), st.sampled_from([io.BytesIO, Dripping]))
def test_every_record_is_read_whole(wanted: list[dict[str, Any]], indent: int, file: type[io.BytesIO]) -> None:
    data = json.dumps({"case": {"before": [[1], {"x": 2}], "Media": wanted, "after": None}}, indent=indent).encode()
    assert read(data, "media", file=file)[0] == wanted


@given(st.lists(objects, max_size=5), st.dictionaries(st.sampled_from("abc"), st.integers() | st.none(), max_size=3))
def test_without_keys_the_outermost_arrays_count(wanted: list[dict[str, Any]], beside: dict[str, int | None]) -> None:
    assert read(json.dumps(wanted).encode())[0] == wanted
    assert read(json.dumps({**beside, "results": wanted}).encode()) == (wanted, beside)


def test_values_beside_the_records_are_known_wherever_they_stand() -> None:
    assert read(b'{"a": 1, "r": [{"x": 1}], "more": true}', "r") == ([{"x": 1}], {"a": 1, "more": True})


@given(objects, st.data())
def test_a_cut_is_always_seen(record: dict[str, Any], data: st.DataObject) -> None:
    whole = json.dumps({"media": [record, record]}).encode()
    with pytest.raises(BrokenJsonError):
        read(whole[: data.draw(st.integers(0, len(whole) - 1))], "media")


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"   ",
        b"{} {}",
        b'{"media": [{"a": NaN}]}',
        b'{"media": [{"a": 1},]}',
        b'{"media": [{"a": 1} {"a": 2}]}',
        b'{"media" [1]}',
        b"{1: 2}",
        b'{"media": [{"a": "\xff"}]}',
        b"[" * 100,
        b'{"media": [' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]}",
        b"<html></html>",
    ],
)
def test_what_is_no_json_raises_and_tells_nothing_of_its_content(broken: bytes) -> None:
    with pytest.raises(BrokenJsonError) as raised:
        read(broken, "media")
    assert str(raised.value) in {json_records._NOT_JSON, json_records._CUT_SHORT}


def test_a_record_is_nested_so_deep_and_no_deeper() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' * levels + b"1" + b"}" * levels

    deepest = nested(json_records._DEEPEST)
    assert read(b'{"media": [' + deepest + b"]}", "media") == ([json.loads(deepest)], {})
    with pytest.raises(BrokenJsonError):
        read(b'{"media": [' + nested(json_records._DEEPEST + 1) + b"]}", "media")


@given(st.binary(max_size=60), st.sampled_from(['{"media": [', "[", ""]))
def test_no_bytes_raise_anything_else(untrusted: bytes, before: str) -> None:
    with pytest.raises(BrokenJsonError):
        read(before.encode() + untrusted + b"\x00", "media")


def test_memory_holds_one_record_and_not_the_file() -> None:
    """The window never grows beyond a chunk and a record, however long the file."""
    record = json.dumps({"MD5": "0" * 32, "note": "x" * 1000}).encode()
    many = 3 * json_records._CHUNK_BYTES // len(record)
    text = json_records._Text(Digesting(io.BytesIO(b"[" + b",".join([record] * many) + b"]"), sha256()))
    widest, taken = 0, 0
    for _ in text.members("[", "]"):
        text.take()
        taken += 1
        widest = max(widest, len(text._window))
    assert taken == many
    assert widest <= json_records._CHUNK_BYTES + 2 * len(record)


def test_an_endless_record_is_given_up() -> None:
    endless = b'{"media": [{"a": "' + b"x" * (json_records._MOST_RECORD_CHARACTERS + (1 << 20))
    with pytest.raises(BrokenJsonError):
        read(endless, "media")
