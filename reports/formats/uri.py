"""Addresses as the URIs that other forms demand (RFC 3986)."""

import re
from ipaddress import ip_address
from typing import Final, Literal
from urllib.parse import quote

NAME: Final = "name"
IPV4: Final = "IPv4"
IPV6: Final = "IPv6"
ODD: Final = "odd"
HostKind = Literal["name", "IPv4", "IPv6", "odd"]
"""A host name, an address of IP, or text that is neither."""
IPV4_VERSION: Final = 4
LABEL: Final = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
NAMES: Final = re.compile(rf"{LABEL}(\.{LABEL})*")
RESERVED: Final = ":/?#@!$&'()*+,;=%"


def as_uri(untrusted_url: str) -> str:
    """Return the address with every character that no URI may hold percent-encoded; a URI stays unchanged."""
    return quote(untrusted_url, safe=RESERVED, errors="replace")


def host_kind(untrusted_host: str) -> HostKind:
    """Return the kind of address that other forms need."""
    try:
        return IPV4 if ip_address(untrusted_host).version == IPV4_VERSION else IPV6
    except ValueError:
        return NAME if NAMES.fullmatch(untrusted_host) else ODD
