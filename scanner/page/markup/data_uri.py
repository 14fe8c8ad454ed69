"""data: URIs: bytes that a page carries inline. Source: RFC 2397; WHATWG Fetch, 6 (forgiving base64)."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

_HEAD_CHARACTERS_MOST: Final = 2_048
_SCHEME: Final = re.compile(r"[\x00-\x20]*d[\t\n\r]*a[\t\n\r]*t[\t\n\r]*a[\t\n\r]*:", re.IGNORECASE)
"""The scheme with the white space that browsers drop."""
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class Inline:
    """The bytes of a data: URI, and the media type that it claims (lower case, without parameters)."""

    untrusted_type: str
    untrusted_bytes: bytes = field(repr=False)


def is_inline(reference: str) -> bool:
    """Return True if a reference is a data: URI."""
    return _SCHEME.match(reference) is not None


def read_inline(untrusted_reference: str) -> Inline | None:
    """Return the content of a data: URI, as far as it can be read; None for other references. Never raises."""
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
    """Decode base64 as browsers do: ignore white space and missing padding, drop a lone last character."""
    kept = _NOT_BASE64.sub(b"", coded.partition(b"=")[0])
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    try:
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    except binascii.Error:
        return b""
