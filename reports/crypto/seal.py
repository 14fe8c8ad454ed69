"""Sealing: the only importer of pyrage. Findings are encrypted to their recipients before they touch the disk.

age (age-encryption.org/v1, X25519) with one or several recipients. The sealing machine holds none of the identities and
cannot read back its output. age does not name the sender: records are signed inside the seal
(`reports.crypto.signing`). Inside the seal are the length (8 bytes, big-endian), the plain text, and zeros up to a
power of two of at least 4 KiB, so that a size reveals little.

Large contents go piece by piece: pyrage blocks every thread while it works, and a hash list takes it a second. Such
contents are sealed into their file and opened out of it, into memory of their own: allocating or freeing one piece of
gigabytes would block every thread as well.
"""

import os
from collections.abc import Callable, Sequence
from io import BytesIO
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import BinaryIO, Final

import pyrage

from config.faults import Fault, Refused

SMALLEST_BUCKET: Final = 4096
LENGTH_BYTES: Final = 8


def seal(plain: bytes | memoryview, recipients: Sequence[str]) -> bytes:
    """Pad and encrypt to every recipient (`age1...`). Raise ValueError for none, or for a malformed one."""
    sealed = BytesIO()
    seal_into(sealed, plain, recipients)
    return sealed.getvalue()


def seal_into(file: BinaryIO, plain: bytes | memoryview, recipients: Sequence[str]) -> None:
    """Seal into this file. Raise OSError if the file cannot be written."""
    if not recipients:
        msg = "a seal without a recipient could never be opened"
        raise ValueError(msg)
    into = _Into(file)
    try:
        pyrage.encrypt_io(_Padded(plain), into, [_recipient(text) for text in recipients])
    except pyrage.EncryptError:
        if into.error is None:
            raise
    if into.error is not None:  # of the last piece pyrage itself says nothing
        raise into.error


def unseal(untrusted_sealed: bytes, identity: str) -> bytes | Refused:
    """Decrypt and remove the padding. Refused when the identity does not fit or a single byte was changed.

    `identity` may hold several, one a line: who changed keys still opens what was sealed to an earlier one. Raises
    ValueError for a malformed identity.
    """
    pieces: list[bytes] = []
    refused = _open(BytesIO(untrusted_sealed), identity, _Opened(pieces.append))
    return refused or b"".join(pieces)


def unseal_from(untrusted_file: BinaryIO, identity: str) -> memoryview | Refused:
    """Unseal a whole file."""
    room = mmap(-1, max(1, os.fstat(untrusted_file.fileno()).st_size), flags=MAP_PRIVATE | MAP_ANONYMOUS)
    refused = _open(untrusted_file, identity, _Opened(room.write))
    return refused or memoryview(room)[: room.tell()].toreadonly()


def _open(untrusted_file: BinaryIO, identity: str, opened: "_Opened") -> Refused | None:
    try:
        pyrage.decrypt_io(untrusted_file, opened, _identities(identity))
    except (pyrage.DecryptError, OSError):  # the second where the header holds and what follows does not
        return _refused("it was not sealed to this identity, or it was changed on the way")
    # One text, one padding: whoever sealed otherwise may hide bytes that no reader sees.
    return None if opened.padded_well else _refused("its padding is not Sightline's")


def new_identity() -> tuple[str, str]:
    """Make an identity (`AGE-SECRET-KEY-1...`, secret) and its recipient (`age1...`, public)."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(identity: str) -> str:
    """Return an identity's recipient. Raise ValueError for a malformed one, without repeating it."""
    return str(_identity(identity).to_public())


def recipients_of(identities: str) -> tuple[str, ...]:
    """Return the recipients of several identities, one a line. Raise ValueError for a malformed one, or for none."""
    return tuple(str(identity.to_public()) for identity in _identities(identities))


def is_recipient(text: str) -> bool:
    """Return True if `text` is a well-formed X25519 recipient."""
    try:
        _recipient(text)
    except ValueError:
        return False
    return True


class _Padded:
    """Length, text and padding, to be read piece by piece."""

    def __init__(self, plain: bytes | memoryview) -> None:
        self._head, self._plain = len(plain).to_bytes(LENGTH_BYTES, "big"), memoryview(plain)
        self._at, self._size = 0, _bucket(LENGTH_BYTES + len(plain))

    def read(self, most: int) -> bytes:
        """Return the next piece."""
        begin, end = self._at, min(self._at + most, self._size)
        self._at = end
        text = self._plain[max(begin - LENGTH_BYTES, 0) : max(end - LENGTH_BYTES, 0)]
        piece = self._head[begin:end] + bytes(text)
        return piece + bytes(end - begin - len(piece))


class _Into:
    """A file that keeps the error it raised: pyrage repeats only its words."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, piece: bytes) -> int:
        """Write a piece."""
        try:
            return self._file.write(piece)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        """Do nothing: the file's owner flushes."""


class _Opened:
    """The text of padded plain text, and whether its padding is right. `keep` receives the text."""

    def __init__(self, keep: Callable[[bytes], object]) -> None:
        self._keep = keep
        self._head = b""
        self._size, self._left, self._zeros = 0, 0, True

    @property
    def padded_well(self) -> bool:
        """True if everything arrived, with zeros up to its size and no more."""
        length = LENGTH_BYTES + int.from_bytes(self._head, "big")
        return len(self._head) == LENGTH_BYTES and self._zeros and self._size == _bucket(length)

    def write(self, piece: bytes) -> int:
        """Keep a piece's share of the text."""
        self._size += len(piece)
        rest = piece if len(self._head) == LENGTH_BYTES else self._behind_head(piece)
        text, padding = rest[: self._left], rest[self._left :]
        self._left -= len(text)
        self._zeros = self._zeros and padding.count(0) == len(padding)
        self._keep(text)
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    def _behind_head(self, piece: bytes) -> bytes:
        joined = self._head + piece
        self._head = joined[:LENGTH_BYTES]
        if len(self._head) == LENGTH_BYTES:
            self._left = int.from_bytes(self._head, "big")
        return joined[LENGTH_BYTES:]


def _bucket(length: int) -> int:
    """Return the padded size for this many bytes, length included."""
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
