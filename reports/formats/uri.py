"""Addresses as the URIs that other forms demand (RFC 3986)."""

from typing import Final
from urllib.parse import quote

RESERVED: Final = ":/?#@!$&'()*+,;=%"


def as_uri(untrusted_url: str) -> str:
    """The address with every character that no URI may hold percent-encoded; one that is a URI stays as it is."""
    return quote(untrusted_url, safe=RESERVED, errors="replace")
