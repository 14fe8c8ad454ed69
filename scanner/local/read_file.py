"""The bytes of a local file, bounded: a file up to the picture limit is held whole, a larger one is digested.

So memory is bounded for any size, and a file that is too large to decode can still match exactly. A file above
`MOST_BYTES` is not read to its end: a sparse file may claim any size.
"""

import hashlib
import os
import stat
import sys
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from matcher.containers.kinds import container_of
from matcher.fingerprint import Digests, Fingerprint, UndecidedReason
from matcher.picture.media_types import sniff
from scanner.local.walk import Readable, StandardInput, not_read, open_to_read

MOST_BYTES: Final = 256 * 2**30
_CHUNK_BYTES: Final = 2**20
_HEAD_BYTES: Final = 2**16
BEYOND: Final = f"more than {MOST_BYTES // 2**30} GiB: not read to its end"
CHANGED: Final = "no longer a plain file when it was opened"


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """The reason for which a file could not be read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Whole:
    """All bytes of a file."""

    untrusted_bytes: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Large:
    """The digests and first bytes of a file above the picture limit."""

    digests: Digests
    size_bytes: int
    untrusted_head: bytes = field(repr=False)

    def fingerprint(self) -> Fingerprint:
        """Return digests only, undecided: not a picture, or too large to decode."""
        found = sniff(self.untrusted_head)
        is_other = isinstance(found, UndecidedReason) and found.not_examined and not container_of(self.untrusted_head)
        reason = found if is_other and isinstance(found, UndecidedReason) else UndecidedReason.TOO_MANY_BYTES
        return Fingerprint(self.digests, self.size_bytes, "", 0, 0, (), reason)


def read(file: Readable, limit_bytes: int, most_bytes: int = MOST_BYTES) -> Whole | Large | UnreadFile:
    """Return the bytes, or their digests, or the reason for neither."""
    try:
        if isinstance(file, StandardInput):
            return _read(sys.stdin.buffer, 0, limit_bytes, most_bytes)
        with os.fdopen(open_to_read(file.path, follow=file.follow), "rb") as untrusted_file:
            status = os.fstat(untrusted_file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return UnreadFile(CHANGED)
            return _read(untrusted_file, status.st_size, limit_bytes, most_bytes)
    except OSError as error:
        return UnreadFile(not_read(error))


def _read(untrusted_file: BinaryIO, size_bytes: int, limit_bytes: int, most_bytes: int) -> Whole | Large | UnreadFile:
    if size_bytes > most_bytes:
        return UnreadFile(BEYOND)
    start = untrusted_file.read(min(size_bytes, limit_bytes) + 1)
    if size_bytes < len(start) <= limit_bytes:  # it grew, or its size is unknown
        start += untrusted_file.read(limit_bytes + 1 - len(start))
    return Whole(start) if len(start) <= limit_bytes else _digested(start, untrusted_file, most_bytes)


def _digested(start: bytes, untrusted_file: BinaryIO, most_bytes: int) -> Large | UnreadFile:
    digests = (hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False), hashlib.sha256())
    chunk, size_bytes = start, 0
    while chunk:
        for digest in digests:
            digest.update(chunk)
        size_bytes += len(chunk)
        if size_bytes > most_bytes:
            return UnreadFile(BEYOND)
        chunk = untrusted_file.read(_CHUNK_BYTES)
    return Large(Digests(*(digest.digest() for digest in digests)), size_bytes, start[:_HEAD_BYTES])
