"""Identifiers of peer-to-peer networks on a page, in links, in other attributes and in its text; and onion addresses.

Nothing is asked of any network: what a page names is read, in every spelling, and compared with the lists elsewhere.
Sources: BEP 9 and 52 (magnet links of BitTorrent v1 and v2); the ed2k URI scheme; urn:sha1 and urn:bitprint as Gnutella
writes them; multiformats (IPFS). A text is read as it stands, and with all undone that HTML, scripts and URLs (twice:
links stand in links) may escape; what only breaks a line is left out. Linear in time.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from matcher.identifiers import VALUE_BYTES, Identifier, IdentifierKind
from scanner.page.content import IdentifierRef, NamingKind
from scanner.page.markup.tags import scanned_tags
from scanner.page.peer_to_peer.multibase import SHA2_256, base16, base32, cid

_ESCAPED: Final = re.compile(r"%([2-7][0-9A-Fa-f])")
"""Percent-encoded characters that print."""
_IN_SCRIPT: Final = re.compile(r"\\(?:u00|x)([2-7][0-9A-Fa-f])|\\(?=/)")
_BREAKS: Final = ("<wbr>", "<wbr/>", "<wbr />", "<WBR>", *"\u00ad\u200b\u200c\u200d\u2060\ufeff")
_ROUNDS: Final = 2
_URN: Final = re.compile(
    r"urn:(btih|btmh|sha1|bitprint|ed2k|ed2khash):([A-Za-z0-9]{26,110})(?![A-Za-z0-9])", re.IGNORECASE
)
_ED2K: Final = re.compile(
    r"ed2k://\|file\|[^|<>\r\n]{1,4000}\|[0-9]{1,20}\|([0-9A-Fa-f]{32})(?![0-9A-Za-z])", re.IGNORECASE
)
_WORD: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{40,120}(?![A-Za-z0-9])")
_BASE64: Final = re.compile(r"[um](?<![A-Za-z0-9_+-][um])[A-Za-z0-9_+/-]{48}(?![A-Za-z0-9_+-])")
"""Content identifiers in base64, of 36 bytes."""
_HEX_40: Final = re.compile(r"[0-9A-Fa-f]{40}")
_ONION: Final = re.compile(r"(?<![A-Za-z0-9])([A-Za-z2-7]{56})\.onion(?![A-Za-z0-9-])", re.IGNORECASE)
_LINKS: Final = frozenset({"href", "xlink:href"})


def identifiers_on(untrusted_text: str) -> Iterator[IdentifierRef]:
    """Every identifier that a page names, once, with how it names it: a link before another attribute before text."""
    everywhere = dict.fromkeys(identifiers_in(untrusted_text))
    if not everywhere:
        return
    named: dict[Identifier, NamingKind] = {}
    for tag in scanned_tags(untrusted_text):
        for name, value in tag.attributes.items():
            way = NamingKind.LINK if name in _LINKS else NamingKind.ATTRIBUTE
            for one in identifiers_in(value):
                if way is NamingKind.LINK or one not in named:
                    named[one] = way
    for one in dict.fromkeys((*everywhere, *named)):
        yield IdentifierRef(one, named.get(one, NamingKind.TEXT).value)


def identifiers_in(untrusted_text: str) -> Iterator[Identifier]:
    """Every identifier in a text, in any spelling. A bare hash that was named properly too is told once, properly."""
    texts = list(_readings(untrusted_text))
    proper = {one for text in texts for one in (*_urns(text), *_ed2k(text), *_cids(text))}
    yield from sorted(proper, key=lambda one: (one.kind, one.value))
    values = {one.value for one in proper}
    for word in dict.fromkeys(word for text in texts for word in _WORD.findall(text)):
        if _HEX_40.fullmatch(word) and (value := bytes.fromhex(word)) not in values:
            yield Identifier(IdentifierKind.BARE, value)


def onions_in(untrusted_text: str) -> Iterator[str]:
    """Whatever looks like an onion address of version 3, in lower case. Checksums are for others to check."""
    names = (name.lower() for text in _readings(untrusted_text) for name in _ONION.findall(text))
    return (f"{name}.onion" for name in dict.fromkeys(names))


def _readings(untrusted_text: str) -> Iterator[str]:
    """The text with HTML's escapes undone; and, each where that changes it, with those of scripts and of URLs."""
    text = unescape(untrusted_text) if "&" in untrusted_text else untrusted_text
    for one in _BREAKS:
        text = text.replace(one, "")
    yield text
    if "\\" in text:
        text = _IN_SCRIPT.sub(_character, text)
        yield text
    for _ in range(_ROUNDS):
        if "%" in text and (undone := _ESCAPED.sub(_character, text)) != text:
            text = undone
            yield text


def _character(escape: "re.Match[str]") -> str:
    return chr(int(escape[1], 16)) if escape[1] else ""


def _urns(text: str) -> Iterator[Identifier]:
    for scheme, untrusted_value in _URN.findall(text):
        one = _of_urn(scheme.lower(), untrusted_value)
        if one is not None and len(one.value) == VALUE_BYTES[one.kind]:
            yield one


def _of_urn(scheme: str, untrusted_value: str) -> Identifier | None:
    """What a URN names; None where its value is none of its scheme."""
    as_hex, as_base32 = base16(untrusted_value), base32(untrusted_value)
    if scheme == "btmh":
        whole = as_hex or b""
        return Identifier(IdentifierKind.INFO_HASH_2, whole[2:]) if whole[:2] == SHA2_256 else None
    if scheme in {"ed2k", "ed2khash"}:
        return Identifier(IdentifierKind.ED2K, as_hex) if as_hex else None
    kind = IdentifierKind.INFO_HASH if scheme == "btih" else IdentifierKind.SHA1
    value = as_hex if as_hex and len(as_hex) == VALUE_BYTES[kind] else as_base32
    return Identifier(kind, value) if value else None


def _ed2k(text: str) -> Iterator[Identifier]:
    return (Identifier(IdentifierKind.ED2K, bytes.fromhex(value)) for value in _ED2K.findall(text))


def _cids(text: str) -> Iterator[Identifier]:
    for word in (*_WORD.findall(text), *_BASE64.findall(text)):
        found = cid(word)
        if found is not None:
            yield Identifier(IdentifierKind.CID_RAW if found[0] else IdentifierKind.CID_TREE, found[1])
