"""One reading of a URL: what is sent is what was judged."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.urls.url import Malformed, Url, normal_path, read_url, within

SEGMENTS = st.sampled_from(["a", "b", "..", ".", "%2e", "%2E%2e", ".%2e", "", "%2f", "..%2f", "%5c..", "..;x", "%252e"])
PATHS = st.lists(SEGMENTS, max_size=6).map(lambda segments: "/" + "/".join(segments))
SENDABLE = re.compile(r"https?://[a-z0-9._-]+(:[0-9]+)?/[!-~]*")


def url(text: str) -> Url:
    read = read_url(text)
    assert isinstance(read, Url), read
    return read


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("http://h", "http://h/"),
        ("HTTP://H/A", "http://h/A"),
        ("http://h:80/", "http://h/"),
        ("https://h:443/", "https://h/"),
        ("http://h:443/", "http://h:443/"),
        ("http://h:0080/", "http://h/"),
        ("http://h/a/./b/../c", "http://h/a/c"),
        ("http://h/../../a", "http://h/a"),
        ("http://h/a/..", "http://h/"),
        ("http://h/a/%2E%2e/b", "http://h/b"),
        ("http://h/%41%2f", "http://h/%41%2f"),
        ("http://h/a b", "http://h/a%20b"),
        ("http://h/\u0444.jpg?\u0444=1", "http://h/%D1%84.jpg?%D1%84=1"),
        ("http://h/a?b?c=d&e='<>", "http://h/a?b?c=d&e=%27%3C%3E"),
        ("http://h/a?", "http://h/a?"),
        ("http://h/?a=/../b", "http://h/?a=/../b"),
        ("http://h/a#b?c", "http://h/a"),
        ("http://h?a", "http://h/?a"),
        ("http://h#a", "http://h/"),
        ("http://h/@you/a@b", "http://h/@you/a@b"),
        ('http://h/a{b}|c^d`e"f', "http://h/a%7Bb%7D|c%5Ed%60e%22f"),
        ("http://h/100%", "http://h/100%"),
    ],
)
def test_a_url_is_sent_as_browsers_send_it(text: str, sent: str) -> None:
    assert str(url(text)) == sent


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/a",
        "//h/a",
        "h/a",
        "http:/h/a",
        "http:h",
        "http:\\\\h\\a",
        "http:///a",
        "http://",
        "http://h\\@evil/",
        "http://h\\evil/",
        "http://a@h/",
        "http://a:b@h/",
        "http://@h/",
        "http://h%2eevil/",
        "http://h%00/",
        "http://h /",
        " http://h/",
        "http://h/\n",
        "ht\ttp://h/",
        "http://h/a\r\nHost: evil",
        "http://h/\0",
        "http://h/\x85",
        "http://h/\ud800",
        "http://\u212a/",
        "http://h\u3002onion/",
        "http://[::1]/",
        "http://h:/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:8o/",
        "http://h:-1/",
        "http://h:999999/",
        "http://h:\u0661/",
        "http://h/a\\..\\b",
        "ftp://h/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:image/png;base64,AA==",
        "https:h",
        "http://h/" + "a" * 9_000,
    ],
)
def test_what_two_parsers_may_read_in_two_ways_is_refused(text: str) -> None:
    assert isinstance(read_url(text), Malformed)


@given(st.text(max_size=60))
def test_whatever_is_read_can_be_sent(text: str) -> None:
    read = read_url("http://h/" + text)
    assert isinstance(read, Malformed) or SENDABLE.fullmatch(str(read))


@given(st.text(st.sampled_from(string.printable + "\u0444\u212a\\@%:#?/."), max_size=40))
def test_a_reading_is_stable(text: str) -> None:
    read = read_url("http://h" + text)
    assert isinstance(read, Malformed) or url(str(read)) == read


@given(PATHS)
def test_a_normal_path_is_normal(path: str) -> None:
    assert normal_path(normal_path(path)) == normal_path(path)
    assert not {".", ".."} & set(normal_path(path).split("/"))


@given(PATHS)
def test_everything_lies_within_the_root_or_is_encoded_over_and_over(path: str) -> None:
    assert within(normal_path(path), ("/",))


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/forum", True),
        ("/forum/", True),
        ("/forum/a/b", True),
        ("/forum/a%2fb", True),
        ("/forum/%66oo", True),
        ("/forums", False),
        ("/Forum/", False),
        ("/", False),
        ("//forum/", False),
        ("/a/forum/", False),
        ("/forum/..%2fadmin", False),
        ("/forum/%2e%2e%2fadmin", False),
        ("/forum/..%5cadmin", False),
        ("/forum/..%252fadmin", False),
        ("/forum/%252e%252e%252fadmin", False),
        ("/forum/..;x/admin", False),
        ("/forum/" + "%25" * 3 + "252525252e", False),
    ],
)
def test_a_prefix_covers_what_every_server_would_find_below_it(path: str, *, inside: bool) -> None:
    assert within(normal_path(path), ("/other", "/forum")) is inside


def test_a_path_may_not_wander_from_one_prefix_into_another_unseen() -> None:
    # Decoded, it lies within the second prefix: still within the scope as a whole.
    assert within("/a/..%2fb", ("/a", "/b"))
    assert not within("/a/..%2fb", ("/a",))
