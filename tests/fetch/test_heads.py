"""Heads of answers: read without the library's parser for mail, and never otherwise than by it."""

from http.client import parse_headers
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchange.connection import _plain, fields_of

NAMES = st.sampled_from([b"ETag", b"content-length", b"Set-Cookie", b"X-1", b"", b"From ", b" folded", b"a b", b"\xe9"])
VALUES = st.one_of(
    st.binary(max_size=12), st.sampled_from([b"", b" 12", b"\t a; b=c ", b"caf\xe9", b"a\x85b", b"a\rb"])
)
ENDS = st.sampled_from([b"\r\n", b"\n", b"\r\r\n", b""])
LINES = st.lists(
    st.builds(
        lambda name, colon, value, end: name + colon + value + end, NAMES, st.sampled_from([b":", b""]), VALUES, ENDS
    )
)


def lines_of(head: bytes) -> list[bytes]:
    """As a connection gives them: to the blank line, or to the end."""
    stream, lines = BytesIO(head), [b"-"]
    while lines[-1] not in {b"\r\n", b"\n", b""}:
        lines.append(stream.readline())
    return lines[1:]


def by_the_library(head: bytes) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in parse_headers(BytesIO(head)).items():
        fields.setdefault(name.lower(), []).append(value)
    return fields


@given(LINES)
def test_a_head_is_read_as_the_library_reads_it(lines: list[bytes]) -> None:
    head = b"".join(lines) + b"\r\n"
    assert fields_of(lines_of(head)) == by_the_library(head)


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        (b'ETag: "a"\r\n', True),
        (b"X:\tb \n", True),
        (b"no colon\r\n", False),
        (b" folded: a\r\n", False),
        (b"a: b\rc: d\r\n", False),
        (b"a: cut", False),
    ],
)
def test_what_is_plain_is_read_without_it(line: bytes, *, plain: bool) -> None:
    """The control: neither way is the only one that is ever gone."""
    assert (_plain([line, b"\r\n"]) is not None) is plain
