"""Torrent files: named by the hash of their `info` as it stands; nothing else is, and nothing that they hold harms."""

from base64 import b64decode
from contextlib import closing
from hashlib import sha1, sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.identifiers import Identifier, IdentifierKind
from matcher.worker.layers import Layer
from scanner.page.content import PageContent
from scanner.page.peer_to_peer.torrents import TOKENS_MOST, Torrent, read_torrent
from scanner.page.reading.notes import Note
from scanner.page.reading.read_page import read_page
from scanner.page.worker.reader import WorkerPageReader

URL = "http://a.onion/x.torrent"
PIECES = {b"name": b"x", b"piece length": 16_384, b"pieces": b"p" * 20}


HYBRID = b64decode(
    "ZDEwOmNyZWF0ZWQgYnkxNDpiZW5pZ24gZXhhbXBsZTEzOmNyZWF0aW9uIGRhdGVpMGU0OmluZm9kOTpmaWxlIHRyZWVkNTp4LmJp"
    "bmQwOmQ2Omxlbmd0aGk3NjgwMGUxMTpwaWVjZXMgcm9vdDMyOgqKLljSuwUepxnWTGh9R5tgu/fD0I5vOpnQR9n2Ov12ZWVlNjps"
    "ZW5ndGhpNzY4MDBlMTI6bWV0YSB2ZXJzaW9uaTJlNDpuYW1lNTp4LmJpbjEyOnBpZWNlIGxlbmd0aGkxNjM4NGU2OnBpZWNlczEw"
    "MDqAy5xDDYDDCEZJ9l4Mol2rv/sbYoDLnEMNgMMIRkn2XgyiXau/+xtigMucQw2AwwhGSfZeDKJdq7/7G2KAy5xDDYDDCEZJ9l4M"
    "ol2rv/sbYlR7z7TR7f1+C6ZqG9SOFyovqPScZTEyOnBpZWNlIGxheWVyc2QzMjoKii5Y0rsFHqcZ1kxofUebYLv3w9CObzqZ0EfZ"
    "9jr9djE2MDqh8lnUNl7UMgw3fOJvXIxW3Nyaiee2Qb/Y6r+76shmVKHyWdQ2XtQyDDd84m9cjFbc3JqJ57ZBv9jqv7vqyGZUofJZ"
    "1DZe1DIMN3zib1yMVtzcmonntkG/2Oq/u+rIZlSh8lnUNl7UMgw3fOJvXIxW3Nyaiee2Qb/Y6r+76shmVODGNe6hxdDRCB8z0MWd"
    "9oigFvZqvIykkKFDqlyRQce4ZWU="
)
"""Made with libtorrent, of 76,800 made-up bytes; the names are libtorrent's."""
HYBRID_NAMED = (
    Identifier(IdentifierKind.INFO_HASH, bytes.fromhex("9652e742e3f323a0619eed4d412f73b04239e7d6")),
    Identifier(
        IdentifierKind.INFO_HASH_2,
        bytes.fromhex("d86169500b254a0d77910520d8afcdfe5f4447116ab293de2b619b40480a3c90"),
    ),
)


def bencoded(value: Any) -> bytes:  # noqa: ANN401 - integers, bytes, lists and dictionaries
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%b" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(map(bencoded, value)) + b"e"
    entries = (bencoded(key) + bencoded(one) for key, one in sorted(value.items()))
    return b"d" + b"".join(entries) + b"e"


def one(info: dict[bytes, Any]) -> Identifier:
    return Identifier(IdentifierKind.INFO_HASH, sha1(bencoded(info)).digest())  # noqa: S324 - as BitTorrent has it


def two(info: dict[bytes, Any]) -> Identifier:
    return Identifier(IdentifierKind.INFO_HASH_2, sha256(bencoded(info)).digest())


leaves = st.integers(-(2**63), 2**63 - 1) | st.binary(max_size=30)
values = st.recursive(
    leaves,
    lambda within: st.lists(within, max_size=4) | st.dictionaries(st.binary(max_size=8), within, max_size=4),
    max_leaves=12,
)
beside = st.dictionaries(st.binary(max_size=9).filter(lambda key: key != b"info"), values, max_size=4)
fields = st.dictionaries(
    st.binary(max_size=9).filter(lambda key: key not in {b"pieces", b"meta version"}), values, max_size=4
)


def test_is_named_as_another_program_names_it() -> None:
    assert read_torrent(HYBRID) == Torrent(HYBRID_NAMED)


def test_is_read_in_the_confined_worker() -> None:
    with closing(WorkerPageReader(accepted=Layer.NAMESPACES)) as reader:
        content = reader.read(HYBRID, URL, "application/x-bittorrent")
    assert isinstance(content, PageContent)
    assert tuple(named.identifier for named in content.identifiers) == HYBRID_NAMED


@given(beside, fields)
def test_is_named_by_its_info_whatever_stands_in_it_and_beside_it(
    around: dict[bytes, Any], info: dict[bytes, Any]
) -> None:
    first, second = info | {b"pieces": b"p" * 40}, info | {b"meta version": 2, b"file tree": {}}
    hybrid = first | second
    for wanted, described in (([one(first)], first), ([two(second)], second), ([one(hybrid), two(hybrid)], hybrid)):
        assert read_torrent(bencoded(around | {b"info": described})) == Torrent(tuple(wanted))


@given(beside, st.integers(0, 400))
def test_one_that_was_cut_is_named_where_its_info_is_whole_and_never_otherwise(
    around: dict[bytes, Any], cut: int
) -> None:
    whole = bencoded(around | {b"info": PIECES})
    info = bencoded(PIECES)
    end = whole.index(b"4:info" + info) + len(b"4:info" + info)
    left = whole[: max(0, len(whole) - cut)]
    assert read_torrent(left).identifiers == ((one(PIECES),) if len(left) >= end else ())


@given(st.binary(max_size=400))
def test_any_bytes_are_read_and_what_is_none_has_no_name(untrusted: bytes) -> None:
    assert read_torrent(untrusted) == read_torrent(b"d1:a" + untrusted) == Torrent()


@given(beside, st.data())
def test_a_changed_byte_of_its_info_changes_its_name_or_it_has_none(
    around: dict[bytes, Any], data: st.DataObject
) -> None:
    whole = bytearray(bencoded(around | {b"info": PIECES}))
    begin = whole.index(b"4:info" + bencoded(PIECES)) + len(b"4:info")
    at = data.draw(st.integers(begin, begin + len(bencoded(PIECES)) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    assert one(PIECES) not in read_torrent(bytes(whole)).identifiers


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"d",
        b"d4:info",
        b"d4:infoi1ee",
        b"d4:infol6:piecesee",
        b"d4:infod4:name1:xee",
        b"d4:infod12:meta versioni1eee",
        b"d4:infod6:pieces9999999999:xee",
        b"d4:infod6:pieces99999999999999999999:xee",
        b"li1ee",
        b"4:info",
        b"<html>d4:infod6:pieces0:ee",
        b"d4:info" + b"l" * 200_000,
        b"d4:info" + b"d1:a" * 200_000,
        b"d4:info" + b"e" * 200_000,
    ],
)
def test_what_is_no_torrent_file_has_no_name(untrusted: bytes) -> None:
    assert read_torrent(untrusted) == Torrent()


def test_more_than_the_limit_is_said() -> None:
    endless = b"d1:al" + b"le" * TOKENS_MOST + b"e4:infod6:pieces0:ee"
    assert read_torrent(endless) == Torrent((), cut=True)
    content = read_page(endless, URL, "application/x-bittorrent")
    assert content.notes == (Note.MORE_IDENTIFIERS,)


def test_the_page_names_it_and_says_how() -> None:
    (named,) = read_page(bencoded({b"info": PIECES}), URL, "application/x-bittorrent").identifiers
    assert (named.identifier, named.named_by) == (one(PIECES), "torrent file")


def test_a_page_that_begins_like_one_is_read_as_a_page_too() -> None:
    page = bencoded({b"info": PIECES}) + b"<img src=a.jpg><a href=b>b</a>"
    content = read_page(page, URL, "text/html")
    assert [one.untrusted_url for one in content.pictures] == ["http://a.onion/a.jpg"]
    assert content.untrusted_links == ("http://a.onion/b",)
    assert len(content.identifiers) == 1
