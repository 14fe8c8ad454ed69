"""Signatures in minisign's format (Ed25519), so that an authority can sign with a tool it already has.

Both kinds are read: `Ed`, over the message itself, and `ED`, over its BLAKE2b-512 digest; `ED` is written, as minisign
itself does. The trusted comment is covered by a second signature, which is always checked. Secret keys are read and
written by `reports.crypto.minisign_keys`. Format: https://jedisct1.github.io/minisign/ (section on formats).
"""

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import blake2b
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from config.faults import Fault
from config.keys import minisign_key_bytes

SIGNATURE_FILE_BYTES_MAX: Final = 10_000
_UNTRUSTED: Final = b"untrusted comment: "
_TRUSTED: Final = b"trusted comment: "
_PLAIN: Final = b"Ed"
_PREHASHED: Final = b"ED"
_SIGNATURE_BYTES: Final = 74
_GLOBAL_BYTES: Final = 64
_LINES: Final = 4
_FIX_FILE: Final = "Fetch the signature file (.minisig) again, whole, from its signer."
_FIX_SIGNATURE: Final = "Do not use the file. Fetch it and its signature again; if this stays, ask its issuer."


@dataclass(frozen=True, slots=True)
class MinisignPublicKey:
    """A minisign public key: `key_id` is 8 bytes in file order, `key` the 32 bytes of Ed25519."""

    key_id: bytes
    key: bytes

    @staticmethod
    def parse(text: str) -> "MinisignPublicKey | Fault":
        """Parse the base64 line, or a whole public key file with its comment line."""
        lines = text.strip().splitlines()
        try:
            raw = minisign_key_bytes(lines[-1].strip() if lines else "")
        except ValueError as error:
            return Fault("public key", str(error), "Copy the line that begins with RW, whole.")
        return MinisignPublicKey(raw[2:10], raw[10:])

    @property
    def name(self) -> str:
        """The key id as minisign prints it: 16 upper-case hex digits."""
        return key_name(self.key_id)

    def line(self) -> str:
        """Return the base64 line: it begins with RW."""
        return b64encode(_PLAIN + self.key_id + self.key).decode()

    def file(self) -> bytes:
        """Return the public key file: a comment line and the base64 line."""
        return b"%sminisign public key %s\n%s\n" % (_UNTRUSTED, self.name.encode(), self.line().encode())


@dataclass(frozen=True, slots=True)
class SecretKey:
    """`seed` is the 32 bytes of the Ed25519 secret; never printed and never logged."""

    key_id: bytes
    seed: bytes = field(repr=False)

    @property
    def public(self) -> MinisignPublicKey:
        """The public key that goes with it."""
        return MinisignPublicKey(self.key_id, self._private.public_key().public_bytes_raw())

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, message: bytes) -> bytes:
        """Return the bare Ed25519 signature, 64 bytes."""
        return self._private.sign(message)


@dataclass(frozen=True, slots=True)
class Verified:
    """A good signature: its signer (`MinisignPublicKey.name`) and the trusted comment."""

    key_id: str
    trusted_comment: str


@dataclass(frozen=True, slots=True)
class _SignatureFile:
    algorithm: bytes
    key_id: bytes
    signature: bytes
    trusted_comment: bytes
    global_signature: bytes


def new_key() -> SecretKey:
    """Make a key pair with a random key id."""
    return SecretKey(token_bytes(8), token_bytes(32))


def key_name(key_id: bytes) -> str:
    """Return the 8 bytes of a key id as minisign prints them."""
    return key_id[::-1].hex().upper()


def sign(message: bytes, key: SecretKey, trusted_comment: str) -> bytes:
    """Return a whole signature file (`.minisig`). Raise ValueError unless the comment is one line of text."""
    if not trusted_comment.isprintable():
        msg = "the trusted comment must be one line of printable text"
        raise ValueError(msg)
    comment = trusted_comment.encode()
    signature = key.sign(blake2b(message).digest())
    return b"%ssignature by key %s\n%s\n%s%s\n%s\n" % (
        _UNTRUSTED,
        key.public.name.encode(),
        b64encode(_PREHASHED + key.key_id + signature),
        _TRUSTED,
        comment,
        b64encode(key.sign(signature + comment)),
    )


def verify(message: bytes, untrusted_signature: bytes, key: MinisignPublicKey) -> Verified | Fault:
    """Check a signature file against one key: key id, signature, and the trusted comment's own signature."""
    parts = _parse(untrusted_signature)
    if isinstance(parts, Fault):
        return parts
    if parts.key_id != key.key_id:
        cause = f"was made by key {key_name(parts.key_id)}, not by {key.name}"
        return Fault("signature", cause, _FIX_SIGNATURE)
    signed = blake2b(message).digest() if parts.algorithm == _PREHASHED else message
    if not _holds(key, parts.signature, signed):
        return Fault("signature", "does not fit the file: one of the two was changed or cut", _FIX_SIGNATURE)
    if not _holds(key, parts.global_signature, parts.signature + parts.trusted_comment):
        return Fault("signature", "its trusted comment was changed", _FIX_SIGNATURE)
    return Verified(key.name, parts.trusted_comment.decode("utf-8", "replace"))


def signer_of(untrusted_signature: bytes) -> str | Fault:
    """Return the key id (as `MinisignPublicKey.name`) that a signature file claims. Only `verify` proves it."""
    parts = _parse(untrusted_signature)
    return parts if isinstance(parts, Fault) else key_name(parts.key_id)


def _holds(key: MinisignPublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.key).verify(signature, signed)
    except InvalidSignature:
        return False
    return True


def _parse(untrusted_signature: bytes) -> _SignatureFile | Fault:
    if len(untrusted_signature) > SIGNATURE_FILE_BYTES_MAX:
        return Fault("signature", f"is larger than {SIGNATURE_FILE_BYTES_MAX} bytes", _FIX_FILE)
    lines = untrusted_signature.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    if len(lines) != _LINES or not lines[0].startswith(_UNTRUSTED) or not lines[2].startswith(_TRUSTED):
        return Fault("signature", "is not a minisign signature file, or was cut", _FIX_FILE)
    signature, global_signature = _decoded(lines[1], _SIGNATURE_BYTES), _decoded(lines[3], _GLOBAL_BYTES)
    if signature is None or global_signature is None or signature[:2] not in {_PLAIN, _PREHASHED}:
        return Fault("signature", "is not a minisign signature file, or was cut", _FIX_FILE)
    return _SignatureFile(
        signature[:2], signature[2:10], signature[10:], lines[2].removeprefix(_TRUSTED), global_signature
    )


def _decoded(line: bytes, length: int) -> bytes | None:
    try:
        raw = b64decode(line, validate=True)
    except binascii.Error:
        return None
    # Base64 has spare bits at its end: only one spelling is taken.
    return raw if len(raw) == length and b64encode(raw) == line else None
