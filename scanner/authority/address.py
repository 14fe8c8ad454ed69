"""Version 3 onion addresses, checked to the checksum and the version byte.

base32(public key 32 B | checksum 2 B | version 1 B) and `.onion`; the checksum is the first two bytes of
SHA3-256(".onion checksum" | public key | version). Source: rend-spec-v3, section 6. An address has no sub-domain;
`OnionHost` is a host name that may have some.
"""

from dataclasses import dataclass
from typing import Self

from config.faults import Fault


@dataclass(frozen=True, slots=True)
class OnionAddress:
    """`text` is 56 lower-case base32 characters and `.onion`; `public_key` the 32 bytes within."""

    text: str
    public_key: bytes

    @classmethod
    def parse(cls, text: str) -> "Self | Fault":
        """The address in `text` (either case), or what is wrong with it. Nothing is trimmed."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class OnionHost:
    """A host name that belongs to an onion service: `name` in full (`www.<56>.onion`), `address` without sub-domains."""

    name: str
    address: OnionAddress

    @classmethod
    def parse(cls, text: str) -> "Self | Fault":
        """The host name in `text` (either case), or what is wrong with it."""
        raise NotImplementedError


def address_of(public_key: bytes) -> OnionAddress:
    """The address of a 32-byte public key: for rehearsals and tests. Raises ValueError for another length."""
    raise NotImplementedError
