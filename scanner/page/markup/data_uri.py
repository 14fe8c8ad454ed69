"""data: URIs: the bytes that a page carries within itself. Source: RFC 2397; WHATWG Fetch, 6 (forgiving base64)."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

_HEAD_CHARACTERS_MOST: Final = 2_048
_SCHEME: Final = re.compile(r"[\x00-\x20]*d[\t\n\r]*a[\t\n\r]*t[\t\n\r]*a[\t\n\r]*:", re.IGNORECASE)
"""With all that browsers drop from a URL."""
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class Inline:
    """What a data: URI carries, and the media type that it claims (lower case, without parameters)."""

    untrusted_type: str
    untrusted_bytes: bytes = field(repr=False)


def is_inline(reference: str) -> bool:
    """Whether a reference is a data: URI."""
    return _SCHEME.match(reference) is not None


def read_inline(untrusted_reference: str) -> Inline | None:
    """What a data: URI carries; None when it is none. Never raises: what is broken is read as far as it goes."""
    scheme = _SCHEME.match(untrusted_reference)
    head, comma, data = untrusted_reference[scheme.end() :].strip().partition(",") if scheme else ("", "", "")
    if not comma or len(head) > _HEAD_CHARACTERS_MOST:
        return None
    kind, *parameters = (part.strip().lower() for part in head.split(";"))
    untrusted = unquote_to_bytes(data)
    if "base64" in parameters:
        untrusted = _forgivingly(untrusted)
    return Inline(kind, untrusted)


def _forgivingly(coded: bytes) -> bytes:
    """Base64 as browsers take it: white space and missing padding do not matter; a lone last character is dropped."""
    kept = _NOT_BASE64.sub(b"", coded.partition(b"=")[0])
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return b""
