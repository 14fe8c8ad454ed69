"""Sealing: the only importer of pyrage. What was found is encrypted to its recipients before it touches the disk.

age (age-encryption.org/v1, X25519) with one or several recipients; the sealing machine holds none of the identities and
cannot read back what it sealed. age does not say who sealed: records are signed inside the seal (`reports.signing`).
Inside the seal the plain text is padded to a power of two of at least 4 KiB, so that a size says little.
"""

from collections.abc import Sequence

from config.faults import Refused


def seal(plain: bytes, recipients: Sequence[str]) -> bytes:
    """Pad and encrypt to every recipient (`age1...`). Raises ValueError for none, or for one that is malformed."""
    raise NotImplementedError(plain, recipients)


def unseal(untrusted_sealed: bytes, identity: str) -> bytes | Refused:
    """Decrypt and remove the padding. Refused when the identity does not fit or a single byte was changed."""
    raise NotImplementedError(untrusted_sealed, identity)


def new_identity() -> tuple[str, str]:
    """A new identity (`AGE-SECRET-KEY-1...`, secret) and its recipient (`age1...`, public)."""
    raise NotImplementedError


def recipient_of(identity: str) -> str:
    """The recipient that belongs to an identity. Raises ValueError for a malformed one, without repeating it."""
    raise NotImplementedError(identity)


def is_recipient(text: str) -> bool:
    """Whether `text` is a well-formed X25519 recipient."""
    raise NotImplementedError(text)
