"""The scanner's signature: Ed25519 (RFC 8032) over records and tree heads.

A signature for a purpose covers the purpose, a NUL byte and the payload, so that it can never pass for a signature for
another purpose. Tree heads are signed bare, as signed notes demand; their text holds no NUL byte.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from config.faults import Fault, Refused
from reports.files import read_secret

RECORD: Final = "sightline record v1"
REFERRAL: Final = "sightline referral v1"
PUBLIC_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key of 32 bytes."""

    raw: bytes

    @property
    def key_id(self) -> str:
        """The first 16 bytes of the key's SHA-256, as 32 hex digits. Names a key; trust rests on the whole key."""
        return sha256(self.raw).hexdigest()[:32]

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Return True if this key made `signature` (64 bytes) over the bare `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def to_pem(self) -> bytes:
        """SubjectPublicKeyInfo (RFC 8410) in PEM: what `openssl pkey -pubin` reads."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @staticmethod
    def from_pem(untrusted_pem: bytes) -> "PublicKey | Refused":
        """Read a key that `to_pem` wrote. Refuse anything that is not an Ed25519 public key."""
        try:
            key = load_pem_public_key(untrusted_pem)
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if isinstance(key, Ed25519PublicKey):
            return PublicKey(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
        return _refused("public key", "not an Ed25519 public key in PEM", "Ask the sender for `scanner.pub`.")


class ScannerKey:
    """The scanner's private key. Its text form is PKCS #8 in PEM; its repr shows the key id only."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = PublicKey(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def __repr__(self) -> str:
        return f"ScannerKey({self.public.key_id})"

    @staticmethod
    def new() -> "ScannerKey":
        """Make a key from the system's random source."""
        return ScannerKey(Ed25519PrivateKey.generate())

    @staticmethod
    def load(path: Path) -> "ScannerKey | Refused":
        """Read a key file. Refused when it is missing, readable by others, or not an Ed25519 private key."""
        pem = read_secret(path)
        return pem if isinstance(pem, Refused) else ScannerKey.from_pem(pem, str(path))

    @staticmethod
    def from_pem(pem: bytes, where: str) -> "ScannerKey | Refused":
        """Read a key that `to_pem` wrote; `where` names its source in a refusal."""
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if isinstance(key, Ed25519PrivateKey):
            return ScannerKey(key)
        return _refused(where, "holds no Ed25519 private key in PEM", "Name the file that `sightline init` wrote.")

    def to_pem(self) -> bytes:
        """PKCS #8, not encrypted: for a 0600 file only."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, message: bytes) -> bytes:
        """64 bytes over the bare `message`."""
        return self._private.sign(message)

    def endorse(self, payload: bytes, purpose: str) -> bytes:
        """Return a line with the purpose, then the public key (32 bytes), the signature (64 bytes) and the payload."""
        return purpose.encode() + b"\n" + self.public.raw + self.sign(_bound(payload, purpose)) + payload


def check(
    untrusted_endorsed: bytes, purpose: str, trusted: tuple[PublicKey, ...]
) -> "tuple[bytes, PublicKey] | Refused":
    """Return the payload and the signing key. Refuse it unless a trusted key signed exactly this for this purpose."""
    line, _, rest = untrusted_endorsed.partition(b"\n")
    key, payload = PublicKey(rest[:PUBLIC_BYTES]), rest[PUBLIC_BYTES + SIGNATURE_BYTES :]
    if line != purpose.encode():
        return _refused("signature", f"not made for a {purpose}", "Ask the sender what this file is.")
    if key not in trusted:
        fix = "Ask the sender, over another channel, whether this key is theirs; then trust it."
        return _refused("signature", f"made by a key that is not trusted ({key.key_id})", fix)
    if not key.verify(_bound(payload, purpose), rest[PUBLIC_BYTES : PUBLIC_BYTES + SIGNATURE_BYTES]):
        return _refused("signature", "does not hold: the content was changed", "Ask the sender for the file again.")
    return payload, key


def _bound(payload: bytes, purpose: str) -> bytes:
    return purpose.encode() + b"\0" + payload


def _refused(where: str, cause: str, fix: str) -> Refused:
    return Refused((Fault(where, cause, fix),))
