"""Checkpoints: a log's size and root, signed, as one short text that anyone can keep, compare and check.

The form is C2SP's `tlog-checkpoint` in a `signed-note`: three lines (origin, size, root in base64), an empty line, and
one line for each signature, here Ed25519 alone. Two checkpoints of one log must be consistent; otherwise one of them
was shown and later replaced.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from config.faults import Fault, Refused
from reports.crypto.signing import SIGNATURE_BYTES, PublicKey, ScannerKey
from reports.log.merkle import HASH_BYTES, Frontier

ED25519: Final = b"\x01"
KEY_HASH_BYTES: Final = 4
LARGEST_CHECKPOINT: Final = 16_384
DASH: Final = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was at one moment. `origin` names the log and never changes; `root` is 32 bytes."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def signed(self, signature: bytes, key: PublicKey) -> str:
        """Return the whole note, with a signature over `text`."""
        return f"{self.text()}\n{_line(self.origin, key, signature)}\n"

    def sign(self, key: ScannerKey) -> bytes:
        """Return the signature over `text`."""
        return key.sign(self.text().encode())


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A log's signed head as a store keeps it. `peaks` are the full sub-trees' hashes, largest first (RFC 9162)."""

    origin: str
    size: int
    peaks: tuple[bytes, ...]
    signature: bytes
    public_key: PublicKey

    def checkpoint(self) -> Checkpoint:
        """Return the head without its signature. Raise ValueError if its peaks do not fit its size."""
        return Checkpoint(self.origin, self.size, Frontier(self.size, self.peaks).root())

    def holds(self) -> bool:
        """Return True if its own key signed it. The caller decides whether to trust that key."""
        try:
            return self.public_key.verify(self.checkpoint().text().encode(), self.signature)
        except ValueError:
            return False

    def signed(self) -> str:
        """Return the head as a signed note, for anyone to keep."""
        return self.checkpoint().signed(self.signature, self.public_key)


def key_hash(origin: str, key: PublicKey) -> bytes:
    """Return the 4 bytes by which a note names its signing key."""
    return sha256(origin.encode() + b"\n" + ED25519 + key.raw).digest()[:KEY_HASH_BYTES]


def open_checkpoint(untrusted_note: str, trusted: tuple[PublicKey, ...]) -> Checkpoint | Refused:
    """Return the checkpoint if a trusted key signed it. Lines by other keys are skipped, as the form demands."""
    text, _, signatures = untrusted_note.rpartition("\n\n")
    checkpoint = _parse(text + "\n") if len(untrusted_note) <= LARGEST_CHECKPOINT else None
    if checkpoint is None:
        return _refused("not a checkpoint", "It has an origin, a size and a root, then an empty line and a signature.")
    lines = signatures.split("\n")
    if lines.pop() == "" and any(_holds(line, checkpoint, key) for line in lines for key in trusted):
        return checkpoint
    return _refused("no trusted key signed it as it stands", "Check the public key, and ask for the checkpoint again.")


def _parse(text: str) -> Checkpoint | None:
    """Return the checkpoint with exactly this text, or None. This log uses no extension lines."""
    try:
        origin, size, root, _ = text.split("\n")
        checkpoint = Checkpoint(origin, int(size), b64decode(root, validate=True))
    except (ValueError, NotBase64):
        return None
    well_formed = origin and checkpoint.size >= 0 and len(checkpoint.root) == HASH_BYTES
    return checkpoint if well_formed and checkpoint.text() == text else None


def _holds(line: str, checkpoint: Checkpoint, key: PublicKey) -> bool:
    try:
        signature = b64decode(line.rpartition(" ")[2], validate=True)[KEY_HASH_BYTES:]
    except (ValueError, NotBase64):
        return False
    # Base64 has spare bits: only the one line that this signature has is taken.
    exact = line == _line(checkpoint.origin, key, signature)
    return exact and len(signature) == SIGNATURE_BYTES and key.verify(checkpoint.text().encode(), signature)


def _line(origin: str, key: PublicKey, signature: bytes) -> str:
    return f"{DASH}{origin} {b64encode(key_hash(origin, key) + signature).decode()}"


def _refused(cause: str, fix: str) -> Refused:
    return Refused((Fault("checkpoint", cause, fix),))
