"""Version 3 onion addresses, checked to the checksum and the version byte.

base32(public key 32 B | checksum 2 B | version 1 B) and `.onion`; the checksum is the first two bytes of
SHA3-256(".onion checksum" | public key | version). Source: rend-spec-v3, section 6. An address has no sub-domain;
`OnionHost` is a host name that may have some.

No fault repeats the text: it may come from a site.
"""

import re
from base64 import b32decode, b32encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha3_256
from typing import Final

from config.faults import Fault

KEY_BYTES: Final = 32
HOSTS_REMEMBERED: Final = 1_024
"""Size of the cache of parsed host names: a page's URLs are on a few hosts."""
_VERSION: Final = b"\x03"
_ONION: Final = "[oO][nN][iI][oO][nN]"
# Written out and not by IGNORECASE, which would let U+212A (the Kelvin sign) stand for a k.
_ADDRESS: Final = re.compile(rf"[A-Za-z2-7]{{56}}\.{_ONION}")
_VERSION_2: Final = re.compile(rf"[A-Za-z2-7]{{16}}\.{_ONION}")
_LABEL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_HOST_CHARACTERS_MAX: Final = 253
_FIX: Final = "Copy the address again from its source: 56 characters of a-z and 2-7, then .onion."


@dataclass(frozen=True, slots=True)
class OnionAddress:
    """`text` is 56 lower-case base32 characters and `.onion`; `public_key` the 32 bytes within."""

    text: str
    public_key: bytes

    @staticmethod
    def parse(text: str) -> "OnionAddress | Fault":
        """Return the address in `text` (either case), or the Fault. Nothing is trimmed."""
        if _ADDRESS.fullmatch(text) is None:
            return Fault("address", _why_not(text), _FIX)
        raw = b32decode(text[:56].upper())
        key, checksum, version = raw[:KEY_BYTES], raw[KEY_BYTES:-1], raw[-1:]
        if version != _VERSION:
            return Fault("address", f"its version is {version[0]} and not 3", _FIX)
        if checksum != _checksum(key):
            return Fault("address", "its checksum does not hold, so a character is mistyped", _FIX)
        return OnionAddress(text.lower(), key)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class OnionHost:
    """A host name of an onion service: `name` in full (`www.<56>.onion`), `address` without its sub-domains."""

    name: str
    address: OnionAddress

    @staticmethod
    @lru_cache(HOSTS_REMEMBERED)
    def parse(text: str) -> "OnionHost | Fault":
        """Return the host name in `text` (either case), or the Fault."""
        labels = text.split(".")
        if len(text) > _HOST_CHARACTERS_MAX or not all(_LABEL.fullmatch(label) for label in labels):
            return Fault("host", "is not a well-formed host name", _FIX)
        address = OnionAddress.parse(".".join(labels[-2:]))
        return address if isinstance(address, Fault) else OnionHost(text.lower(), address)


def address_of(public_key: bytes) -> OnionAddress:
    """Return the address of a 32-byte public key, for rehearsals and tests. Raise ValueError for another length."""
    if len(public_key) != KEY_BYTES:
        msg = f"a key of {len(public_key)} bytes instead of {KEY_BYTES}"
        raise ValueError(msg)
    text = b32encode(public_key + _checksum(public_key) + _VERSION).decode().lower()
    return OnionAddress(f"{text}.onion", public_key)


def _checksum(public_key: bytes) -> bytes:
    return sha3_256(b".onion checksum" + public_key + _VERSION).digest()[:2]


def _why_not(text: str) -> str:
    if text != text.strip() or text.endswith("."):
        return "has a space, a line end or a dot around it"
    if _VERSION_2.fullmatch(text):
        return "is a version 2 address, which tor no longer serves"
    if _ADDRESS.fullmatch(".".join(text.split(".")[-2:])):
        return "has a sub-domain, where the address alone is meant"
    return "is not an onion address"
