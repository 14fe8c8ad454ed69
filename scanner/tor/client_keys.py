"""The keys of onion services that only authorised clients may reach, in the memory of this process and of tor.

A tor that was started or restarted knows none of them and receives all.
"""

import base64
from collections.abc import Mapping


class ClientKeys:
    """X25519 private keys by service (its address without `.onion`). Thread-safe."""

    def __init__(self) -> None:
        self._keys: dict[str, bytes] = {}

    @property
    def all(self) -> dict[str, bytes]:
        """All present keys."""
        return dict(self._keys)

    def adopt(self, keys: Mapping[str, bytes]) -> None:
        """Add these."""
        self._keys.update(keys)

    def add(self, address: str, key: str) -> dict[str, bytes]:
        """Add the key (base32 as in `.auth_private` files) for an address; this one alone, by its service."""
        one = {address.removesuffix(".onion"): base64.b32decode(key.upper() + "=" * (-len(key) % 8))}
        self.adopt(one)
        return one
