"""Identifiers in every spelling that pages use; and what must not be taken for one."""

from base64 import b32encode, b32hexencode, b64encode, urlsafe_b64encode
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.identifiers import Identifier, IdentifierKind
from scanner.page.peer_to_peer.identifiers import identifiers_in, identifiers_on, onions_in
from scanner.page.peer_to_peer.multibase import cid
from scanner.page.reading.read_page import read_page

LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
HASH = bytes(range(1, 21))
LONG = bytes(range(1, 32)) + b"\xff"


def in_letters(value: bytes, alphabet: str) -> str:
    number, text = int.from_bytes(value), ""
    while number:
        number, place = divmod(number, len(alphabet))
        text = alphabet[place] + text
    return alphabet[0] * (len(value) - len(value.lstrip(b"\0"))) + text


def base32(value: bytes) -> str:
    return b32encode(value).decode().rstrip("=")


def spellings(whole: bytes) -> dict[str, str]:
    """A CID of version 1 in each base."""
    return {
        "base32": "b" + base32(whole).lower(),
        "base32 upper": "B" + base32(whole),
        "base58": "z" + in_letters(whole, LETTERS),
        "base36": "k" + in_letters(whole, BASE36),
        "base16": "f" + whole.hex(),
        "base32hex": "v" + b32hexencode(whole).decode().rstrip("=").lower(),
        "base64": "m" + b64encode(whole).decode().rstrip("="),
        "base64 of URLs": "u" + urlsafe_b64encode(whole).decode().rstrip("="),
    }


WRITTEN = {
    "magnet v1 hex": (f"magnet:?xt=urn:btih:{HASH.hex()}&dn=name", IdentifierKind.INFO_HASH, HASH),
    "magnet v1 upper": (f"magnet:?dn=x&xt=urn:btih:{HASH.hex().upper()}", IdentifierKind.INFO_HASH, HASH),
    "magnet v1 base32": (f"MAGNET:?XT=URN:BTIH:{base32(HASH)}", IdentifierKind.INFO_HASH, HASH),
    "magnet v2": (f"magnet:?xt=urn:btmh:1220{LONG.hex()}", IdentifierKind.INFO_HASH_2, LONG),
    "ed2k": (f"ed2k://|file|a%20name.zip|123456|{LONG[:16].hex()}|h=ABC|/", IdentifierKind.ED2K, LONG[:16]),
    "ed2k, a long name": (
        f"ed2k://|file|{'%D0%B6' * 200}%7C.zip|9|{LONG[:16].hex()}|/",
        IdentifierKind.ED2K,
        LONG[:16],
    ),
    "ed2k in a magnet": (f"magnet:?xt=urn:ed2k:{LONG[:16].hex()}", IdentifierKind.ED2K, LONG[:16]),
    "Gnutella": (f"/uri-res/N2R?urn:sha1:{base32(HASH)}", IdentifierKind.SHA1, HASH),
    "bitprint": (f"urn:bitprint:{base32(HASH)}.{'A' * 39}", IdentifierKind.SHA1, HASH),
    "IPFS, version 0": ("ipfs://" + in_letters(b"\x12\x20" + LONG, LETTERS) + "/x.jpg", IdentifierKind.CID_TREE, LONG),
    "bare": (f"Info hash: {HASH.hex()}.", IdentifierKind.BARE, HASH),
    **{
        f"IPFS, version 1, {base}": (f"http://gate.example/ipfs/{text}?x", IdentifierKind.CID_RAW, LONG)
        for base, text in spellings(b"\x01\x55\x12\x20" + LONG).items()
    },
    "IPFS, as a sub-domain": (
        f"https://{spellings(bytes([1, 0x70, 0x12, 0x20]) + LONG)['base32']}.ipfs.gate.example/",
        IdentifierKind.CID_TREE,
        LONG,
    ),
}
ESCAPES: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "HTML": escape,
    "URL": lambda text: quote(text, safe=""),
    "URL, each character": lambda text: "".join(f"%{ord(letter):02x}" for letter in text),
    "URL within a URL": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON": lambda text: "".join(
        letter if letter.isalnum() else f"\\u{ord(letter):04x}" if letter != "/" else "\\/" for letter in text
    ),
    "broken into lines": lambda text: "<wbr>".join(text[at : at + 9] for at in range(0, len(text), 9)),
    "soft hyphens": lambda text: "&shy;".join(text[at : at + 9] for at in range(0, len(text), 9)),
    "each character": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
}


@pytest.mark.parametrize("escaped", ESCAPES)
@pytest.mark.parametrize("name", WRITTEN)
def test_is_read_in_every_spelling_and_escape(name: str, escaped: str) -> None:
    written, kind, value = WRITTEN[name]
    assert list(identifiers_in(ESCAPES[escaped](written))) == [Identifier(kind, value)]


@pytest.mark.parametrize(
    ("page", "way"),
    [
        ('<p>{0}<a data-x="{0}" href="{0}">x</a>', "link"),
        ('<p>{0}<button data-clipboard-text="{0}">copy</button>', "attribute"),
        ("<p>{0}", "text"),
        ("<!-- {0} -->", "text"),
        ("<script>go('{0}')</script>", "text"),
    ],
)
def test_says_how_the_page_names_it(page: str, way: str) -> None:
    (found,) = identifiers_on(page.format(f"magnet:?xt=urn:btih:{HASH.hex()}&amp;tr=x"))
    assert (found.identifier, found.named_by) == (Identifier(IdentifierKind.INFO_HASH, HASH), way)


@pytest.mark.parametrize(
    "text",
    [
        "urn:btih:0123",
        f"urn:btih:{HASH.hex()}00",
        f"urn:btmh:1114{HASH.hex()}{'0' * 24}",
        f"urn:btmh:1220{HASH.hex()}",
        f"ed2k://|file|name|size|{LONG[:16].hex()}|/",
        f"ed2k://|server|name|12|{LONG[:16].hex()}|/",
        "urn:sha1:" + "1" * 32,
        "Qm" + "0" * 44,
        spellings(b"\x01\x72\x12\x20" + LONG)["base36"],
        spellings(b"\x02\x55\x12\x20" + LONG)["base32"],
        "b" + "A" * 58,
        HASH.hex() + "0",
        "word " * 100,
    ],
)
def test_what_is_none_is_not_taken_for_one(text: str) -> None:
    assert list(identifiers_in(text)) == []


@given(st.binary(min_size=20, max_size=20), st.booleans())
def test_both_spellings_of_an_info_hash_are_the_same(value: bytes, upper: bool) -> None:  # noqa: FBT001 - drawn
    as_hex = value.hex().upper() if upper else value.hex()
    both = [*identifiers_in(f"urn:btih:{as_hex}"), *identifiers_in(f"urn:btih:{base32(value)}")]
    assert both == [Identifier(IdentifierKind.INFO_HASH, value)] * 2


@given(st.binary(min_size=32, max_size=32), st.sampled_from([0x55, 0x70]))
def test_every_base_of_a_cid_says_the_same(value: bytes, codec: int) -> None:
    found = {cid(text) for text in spellings(bytes([1, codec, 0x12, 0x20]) + value).values()}
    assert found == {(codec == 0x55, value)}
    assert cid(in_letters(b"\x12\x20" + value, LETTERS)) == (False, value)


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    list(identifiers_on(text))
    list(onions_in(text))
    cid(text)


@given(st.text(alphabet="ed2k://|file%7C&#;urn:btih:Qmb0123", max_size=2_000))
def test_broken_beginnings_have_an_answer(text: str) -> None:
    list(identifiers_on(text * 20))


def test_onion_addresses_are_found_wherever_they_stand() -> None:
    name = "a" * 55 + "d"
    text = f'<a href="HTTP://{name.upper()}.ONION/x">x</a> {"b" * 56}.onion. c{"c" * 56}.onion'
    assert list(onions_in(text)) == [f"{name}.onion", f"{'b' * 56}.onion"]


def test_a_page_tells_them_with_all_else() -> None:
    text = f'<a href="magnet:?xt=urn:btih:{HASH.hex()}">x</a><img src="a.png">http://{"a" * 56}.onion/'
    content = read_page(text.encode(), "http://b.onion/", "text/html")
    assert [one.identifier.value for one in content.identifiers] == [HASH]
    assert content.untrusted_onions == (f"{'a' * 56}.onion",)
