"""Checkpoints: a log's size and root, signed, as one short text that anyone can keep, compare and check.

The form is C2SP's `tlog-checkpoint` in a `signed-note`: three lines (origin, size, root in base64), an empty line, and
one line for each signature, here Ed25519 alone. Two checkpoints of one log must be consistent; if they are not, one of
them was shown to someone and then taken back.
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
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def signed(self, signature: bytes, key: PublicKey) -> str:
        """The whole note, with a signature that was made over `text`."""
        return f"{self.text()}\n{_line(self.origin, key, signature)}\n"

    def sign(self, key: ScannerKey) -> bytes:
        """The signature over `text`."""
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
        """The head without its signature. Raises ValueError when its peaks do not fit its size."""
        return Checkpoint(self.origin, self.size, Frontier(self.size, self.peaks).root())

    def holds(self) -> bool:
        """Whether its own key signed it. Whether that key is to be trusted is the caller's question."""
        try:
            return self.public_key.verify(self.checkpoint().text().encode(), self.signature)
        except ValueError:
            return False

    def signed(self) -> str:
        """The head as a signed note, for anyone to keep."""
        return self.checkpoint().signed(self.signature, self.public_key)


def key_hash(origin: str, key: PublicKey) -> bytes:
    """The 4 bytes by which a note names the key that signed it."""
    return sha256(origin.encode() + b"\n" + ED25519 + key.raw).digest()[:KEY_HASH_BYTES]


def open_checkpoint(untrusted_note: str, trusted: tuple[PublicKey, ...]) -> Checkpoint | Refused:
    """The checkpoint, when a trusted key signed it. Lines by other keys are passed over, as the form demands."""
    text, _, signatures = untrusted_note.rpartition("\n\n")
    checkpoint = _parse(text + "\n") if len(untrusted_note) <= LARGEST_CHECKPOINT else None
    if checkpoint is None:
        return _refused("not a checkpoint", "It has an origin, a size and a root, then an empty line and a signature.")
    lines = signatures.split("\n")
    if lines.pop() == "" and any(_holds(line, checkpoint, key) for line in lines for key in trusted):
        return checkpoint
    return _refused("no trusted key signed it as it stands", "Check the public key, and ask for the checkpoint again.")


def _parse(text: str) -> Checkpoint | None:
    """The checkpoint with exactly this text, or None. Extension lines are not used by this log."""
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


def _refused(cause: str, mend: str) -> Refused:
    return Refused((Fault("checkpoint", cause, mend),))
