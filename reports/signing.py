"""The scanner's signature: Ed25519 (RFC 8032) over records and tree heads.

Each use signs under its own purpose, so that a signature made for one can never be shown as one for another:
what is signed is `purpose`, a NUL byte and the message. Tree heads alone are signed bare, as signed notes demand; their
text holds no NUL byte.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config.faults import Refused

RECORD: Final = "sightline record v1"
REFERRAL: Final = "sightline referral v1"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key of 32 bytes."""

    raw: bytes

    @property
    def key_id(self) -> str:
        """The first 16 bytes of the key's SHA-256, as 32 hex digits. Names a key; trust rests on the whole key."""
        raise NotImplementedError

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) was made by this key over the bare `message`."""
        raise NotImplementedError(message, signature)

    def to_pem(self) -> bytes:
        """SubjectPublicKeyInfo (RFC 8410) in PEM: what `openssl pkey -pubin` reads."""
        raise NotImplementedError

    @staticmethod
    def from_pem(untrusted_pem: bytes) -> "PublicKey | Refused":
        """The key that `to_pem` wrote. Refused for anything that is not an Ed25519 public key."""
        raise NotImplementedError(untrusted_pem)


class ScannerKey:
    """The scanner's private key. Its text form is PKCS #8 in PEM; its repr shows the key id only."""

    public: PublicKey

    @staticmethod
    def new() -> "ScannerKey":
        """A new key from the system's random source."""
        raise NotImplementedError

    @staticmethod
    def load(path: Path) -> "ScannerKey | Refused":
        """Read a key file. Refused when it is missing, readable by others, or not an Ed25519 private key."""
        raise NotImplementedError(path)

    @staticmethod
    def from_pem(pem: bytes, where: str) -> "ScannerKey | Refused":
        """The key that `to_pem` wrote; `where` names its source in a refusal."""
        raise NotImplementedError(pem, where)

    def to_pem(self) -> bytes:
        """PKCS #8, not encrypted: for a 0600 file only."""
        raise NotImplementedError

    def sign(self, message: bytes) -> bytes:
        """64 bytes over the bare `message`."""
        raise NotImplementedError(message)

    def endorse(self, payload: bytes, purpose: str) -> bytes:
        """`payload` with a header that names the purpose and the key and holds the signature; `check` opens it."""
        raise NotImplementedError(payload, purpose)


def check(
    untrusted_endorsed: bytes, purpose: str, trusted: tuple[PublicKey, ...]
) -> "tuple[bytes, PublicKey] | Refused":
    """The payload and the key that signed it. Refused unless a trusted key signed exactly this for this purpose."""
    raise NotImplementedError(untrusted_endorsed, purpose, trusted)
