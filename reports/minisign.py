"""Signatures in minisign's format (Ed25519), so that an authority can sign with a tool it already has.

Both kinds are read: `Ed`, over the message itself, and `ED`, over its BLAKE2b-512 digest; `ED` is written, as minisign
does since 0.8. The trusted comment is covered by a second signature and is always checked.
Format: https://jedisct1.github.io/minisign/ (public key 42 bytes, signature 74 bytes, global signature 64 bytes).
"""

from dataclasses import dataclass, field
from typing import Self

from config.faults import Fault


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`key_id` is 8 bytes as they stand in files; `key` the 32 bytes of Ed25519."""

    key_id: bytes
    key: bytes

    @classmethod
    def parse(cls, text: str) -> "Self | Fault":
        """From the base64 line, or from a whole public key file with its comment line."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The key id as minisign prints it: 16 upper-case hex digits."""
        return self.key_id[::-1].hex().upper()

    def line(self) -> str:
        """The base64 line."""
        raise NotImplementedError

    def file(self) -> bytes:
        """The public key file: a comment line and the base64 line."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class SecretKey:
    """`seed` is the 32 bytes of the Ed25519 secret; never printed, logged or compared."""

    key_id: bytes
    seed: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The public key that goes with it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Verified:
    """What a good signature says: who signed (`PublicKey.name`), and the trusted comment."""

    key_id: str
    trusted_comment: str


def new_key() -> SecretKey:
    """A new key pair with a random key id."""
    raise NotImplementedError


def sign(message: bytes, key: SecretKey, trusted_comment: str) -> bytes:
    """A whole signature file (`.minisig`). Raises ValueError when the comment is not one line."""
    raise NotImplementedError


def verify(message: bytes, untrusted_signature: bytes, key: PublicKey) -> Verified | Fault:
    """Check a signature file against one key: key id, signature, and the trusted comment's own signature."""
    raise NotImplementedError


def signer_of(untrusted_signature: bytes) -> str | Fault:
    """The key id (as `PublicKey.name`) that a signature file claims. A claim: only `verify` proves it."""
    raise NotImplementedError


def write_secret_key(key: SecretKey, password: str | None) -> bytes:
    """A minisign secret key file; without a password it is stored in the clear (minisign -W)."""
    raise NotImplementedError


def read_secret_key(file: bytes, password: str | None) -> "SecretKey | Fault":
    """The key in a secret key file. Fault when it is malformed, needs a password, or the password is wrong."""
    raise NotImplementedError
