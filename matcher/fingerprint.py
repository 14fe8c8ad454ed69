"""Fingerprint of a picture: digests of its bytes, and perceptual hashes of each honest reading of its pixels.

Only a fingerprint leaves the confined worker. It holds no pixel.
"""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

NOT_EXAMINED: Final = "not examined: "
"""The beginning of each reason that names a kind of bytes other than a picture."""


class UndecidedReason(StrEnum):
    """Closed list of reasons why a picture that matched nothing may not be called `no match`."""

    NOT_A_PICTURE = "not a picture in any known format"
    """In records of earlier versions only: those that follow name the kind."""
    NOT_EXAMINED_FILM = "not examined: film"
    NOT_EXAMINED_DOCUMENT = "not examined: document"
    NOT_EXAMINED_ARCHIVE = "not examined: archive"
    NOT_EXAMINED_SOUND = "not examined: sound"
    NOT_EXAMINED_PROGRAM = "not examined: program"
    NOT_EXAMINED_TEXT = "not examined: text"
    NOT_EXAMINED_UNKNOWN = "not examined: unknown"
    FORMAT_NOT_SUPPORTED = "a picture format that is not supported"
    BROKEN = "could not be decoded"
    TRUNCATED = "truncated: hashed as far as it goes"
    TOO_MANY_PIXELS = "more pixels than the limit"
    TOO_MANY_BYTES = "more bytes than the limit"
    TOO_MANY_FRAMES = "more frames than the limit: hashed as far as the limit"
    TOO_MANY_SCANS = "more progressive scans than the limit"
    TOO_FLAT = "too little detail for a perceptual hash"
    KILLED_CALL = "killed: its worker made a forbidden system call"
    KILLED_CRASH = "killed: its worker crashed"
    KILLED_REPLY = "killed: its worker's answer was not well-formed"
    KILLED_TIME = "killed: its worker gave no answer within the limit"
    KILLED_LIED = "killed: its worker answered a known picture wrongly"
    TIME_LIMIT = "decoding took longer than the limit: hashed as far as it came"
    MEMORY_LIMIT = "decoding needed more memory than the limit"
    NO_WORKER = "no worker could be started"
    FORGED_TWIN = "a weak digest equals an entry's and its stronger one differs"
    ON_HOLD = "matches only an entry that is held for review"
    KNOWN_HARMLESS = "lies near an entry, and as near to a picture known to be harmless"

    @property
    def not_examined(self) -> bool:
        """True if the bytes are not a picture: their digests were compared, and nothing was looked at."""
        return self is UndecidedReason.NOT_A_PICTURE or self.value.startswith(NOT_EXAMINED)


@dataclass(frozen=True, slots=True)
class Digests:
    """Cryptographic digests of the picture's bytes as received: 16, 20 and 32 bytes."""

    md5: bytes
    sha1: bytes
    sha256: bytes


def digest(untrusted_picture: bytes) -> Digests:
    """Return MD5, SHA-1 and SHA-256 of the bytes as received.

    The parent process computes them, so that a picture that cannot be decoded, or that kills its worker, can still
    match exactly. MD5 and SHA-1 are broken and serve only to find list entries.
    """
    return Digests(
        md5=hashlib.md5(untrusted_picture, usedforsecurity=False).digest(),
        sha1=hashlib.sha1(untrusted_picture, usedforsecurity=False).digest(),
        sha256=hashlib.sha256(untrusted_picture).digest(),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """Perceptual hashes of one honest reading of a picture.

    `name` is the steps of the reading joined by `/`: `plain`, `alpha-white`, `frame-2/unbordered`, `plain/mirrored`,
    `plain/negative`, ... `pdq` and `phash` are 256 bits each, as 32 bytes, most significant bit first; `quality` is
    PDQ's own gradient measure, 0 to 100. `photodna` is 144 bytes where a licensed plug-in is installed, else empty.
    """

    name: str
    pdq: bytes
    quality: int
    phash: bytes
    photodna: bytes = b""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One picture's digests and readings.

    `readings` is empty if nothing could be decoded. `undecided` is None if every honest reading was hashed; otherwise
    the picture may still match, but may not be called `no match`. `media_type` is sniffed from the bytes, not taken
    from the server; empty if unknown. `width` and `height` are pixels, 0 if unknown. `scaled` is True if the picture
    was decoded at a reduced scale: its hashes lie within a few measured bits of the true ones, which can rule out a
    match at a widened threshold but cannot affirm one.
    """

    digests: Digests
    size_bytes: int
    media_type: str
    width: int
    height: int
    readings: tuple[Reading, ...]
    undecided: UndecidedReason | None
    scaled: bool = False

    @property
    def not_examined(self) -> bool:
        """True if the bytes are not a picture."""
        return self.undecided is not None and self.undecided.not_examined


class Hasher(Protocol):
    """Port to the confined workers. Thread-safe."""

    def fingerprint(self, untrusted_picture: bytes, *, full: bool = False) -> Fingerprint:
        """Digest, decode and hash one picture. Raise nothing for anything the bytes may do.

        With `full`, decode at full scale; otherwise the worker may decode a JPEG at a reduced one (`scaled`).
        """
        ...

    def suspects(self) -> tuple[bytes, ...]:
        """Test the workers with known pictures. Return the pictures whose workers failed: their results are void."""
        ...

    def leased(self) -> AbstractContextManager["Hasher"]:
        """Lease a hasher over workers that see no picture before this block and none after it."""
        ...

    def close(self) -> None:
        """End the worker processes."""
        ...
