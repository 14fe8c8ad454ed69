"""Identifiers of peer-to-peer networks in links, other attributes and text; and onion addresses.

No network is contacted: identifiers are read in every spelling, and compared with the lists elsewhere.
Sources: BEP 9 and 52 (magnet links of BitTorrent v1 and v2); the ed2k URI scheme; urn:sha1 and urn:bitprint as in
Gnutella; multiformats (IPFS). A text is read unchanged, and with the escapes of HTML, scripts and URLs removed (twice,
because links contain links); characters that only allow a line break are dropped. Linear in time.
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
"""Percent-encoded printable characters."""
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
"""Content identifiers of 36 bytes in base64."""
_HEX_40: Final = re.compile(r"[0-9A-Fa-f]{40}")
_ONION: Final = re.compile(r"(?<![A-Za-z0-9])([A-Za-z2-7]{56})\.onion(?![A-Za-z0-9-])", re.IGNORECASE)
_LINKS: Final = frozenset({"href", "xlink:href"})


def identifiers_on(untrusted_text: str) -> Iterator[IdentifierRef]:
    """Yield each identifier of a page once, with the way of naming: link before other attribute before text."""
    everywhere = dict.fromkeys(identifiers_in(untrusted_text))
    if not everywhere:
        return
    named: dict[Identifier, NamingKind] = {}
    for tag in scanned_tags(untrusted_text):
        for name, value in tag.attributes.items():
            way = NamingKind.LINK if name in _LINKS else NamingKind.ATTRIBUTE
            for identifier in identifiers_in(value):
                if way is NamingKind.LINK or identifier not in named:
                    named[identifier] = way
    for identifier in dict.fromkeys((*everywhere, *named)):
        yield IdentifierRef(identifier, named.get(identifier, NamingKind.TEXT).value)


def identifiers_in(untrusted_text: str) -> Iterator[Identifier]:
    """Yield each identifier of a text, in any spelling. A bare hash is omitted if its kind is named elsewhere."""
    texts = list(_readings(untrusted_text))
    proper = {identifier for text in texts for identifier in (*_urns(text), *_ed2k(text), *_cids(text))}
    yield from sorted(proper, key=lambda identifier: (identifier.kind, identifier.value))
    values = {identifier.value for identifier in proper}
    for word in dict.fromkeys(word for text in texts for word in _WORD.findall(text)):
        if _HEX_40.fullmatch(word) and (value := bytes.fromhex(word)) not in values:
            yield Identifier(IdentifierKind.BARE, value)


def onions_in(untrusted_text: str) -> Iterator[str]:
    """Yield names in the form of onion addresses of version 3, in lower case. Checksums are not checked here."""
    names = (name.lower() for text in _readings(untrusted_text) for name in _ONION.findall(text))
    return (f"{name}.onion" for name in dict.fromkeys(names))


def _readings(untrusted_text: str) -> Iterator[str]:
    """Yield the text without escapes of HTML, then without those of scripts and URLs if that changes it."""
    text = unescape(untrusted_text) if "&" in untrusted_text else untrusted_text
    for mark in _BREAKS:
        text = text.replace(mark, "")
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
        found = _of_urn(scheme.lower(), untrusted_value)
        if found is not None and len(found.value) == VALUE_BYTES[found.kind]:
            yield found


def _of_urn(scheme: str, untrusted_value: str) -> Identifier | None:
    """Return the identifier of a URN; None if the value does not fit the scheme."""
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
