"""Sealing: the only importer of pyrage. What was found is encrypted to its recipients before it touches the disk.

age (age-encryption.org/v1, X25519) with one or several recipients; the sealing machine holds none of the identities and
cannot read back what it sealed. age does not say who sealed: records are signed inside the seal (`reports.signing`).
Inside the seal stands the length (8 bytes, big-endian), the plain text, and zeros up to a power of two of at least
4 KiB, so that a size says little.
"""

from collections.abc import Sequence
from typing import Final

import pyrage

from config.faults import Fault, Refused

SMALLEST_BUCKET: Final = 4096
LENGTH_BYTES: Final = 8


def seal(plain: bytes, recipients: Sequence[str]) -> bytes:
    """Pad and encrypt to every recipient (`age1...`). Raises ValueError for none, or for one that is malformed."""
    if not recipients:
        msg = "a seal without a recipient could never be opened"
        raise ValueError(msg)
    sealed: bytes = pyrage.encrypt(_padded(plain), [_recipient(text) for text in recipients])
    return sealed


def unseal(untrusted_sealed: bytes, identity: str) -> bytes | Refused:
    """Decrypt and remove the padding. Refused when the identity does not fit or a single byte was changed.

    `identity` may hold several, one a line: who changed keys still opens what was sealed to an earlier one. Raises
    ValueError for a malformed identity.
    """
    try:
        padded: bytes = pyrage.decrypt(untrusted_sealed, _identities(identity))
    except pyrage.DecryptError:
        return _refused("it was not sealed to this identity, or it was changed on the way")
    end = LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")
    # One text, one padding: whoever sealed otherwise may hide bytes that no reader sees.
    if len(padded) != _bucket(end) or padded.count(0, end) != len(padded) - end:
        return _refused("its padding is not Sightline's")
    return padded[LENGTH_BYTES:end]


def new_identity() -> tuple[str, str]:
    """A new identity (`AGE-SECRET-KEY-1...`, secret) and its recipient (`age1...`, public)."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(identity: str) -> str:
    """The recipient that belongs to an identity. Raises ValueError for a malformed one, without repeating it."""
    return str(_identity(identity).to_public())


def recipients_of(identities: str) -> tuple[str, ...]:
    """The recipients of several identities, one a line. Raises ValueError for a malformed one, or for none."""
    return tuple(str(identity.to_public()) for identity in _identities(identities))


def is_recipient(text: str) -> bool:
    """Whether `text` is a well-formed X25519 recipient."""
    try:
        _recipient(text)
    except ValueError:
        return False
    return True


def _padded(plain: bytes) -> bytes:
    length = LENGTH_BYTES + len(plain)
    return b"".join((len(plain).to_bytes(LENGTH_BYTES, "big"), plain, bytes(_bucket(length) - length)))


def _bucket(length: int) -> int:
    """The size to which so many bytes, length included, are filled up."""
    return max(SMALLEST_BUCKET, 1 << (length - 1).bit_length())


def _recipient(text: str) -> "pyrage.x25519.Recipient":
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        msg = f"not an age recipient: {text!r}"
        raise ValueError(msg) from error


def _identity(secret: str) -> "pyrage.x25519.Identity":
    try:
        return pyrage.x25519.Identity.from_str(secret.strip())
    except pyrage.IdentityError:
        msg = "not an age identity (its text is not repeated here)"
    raise ValueError(msg)


def _identities(secrets: str) -> list["pyrage.x25519.Identity"]:
    return [_identity(secret) for secret in secrets.split()] or [_identity("")]


def _refused(cause: str) -> Refused:
    return Refused((Fault("seal", cause, "Ask the sender for the file again, and check which key it was made for."),))
