"""What is done with each file: judged against the hash lists, or fingerprinted at full scale."""

from dataclasses import dataclass
from typing import TypeVar

from matcher.fingerprint import Fingerprint, Hasher
from matcher.verdict import Examiner, Judge, Verdict
from scanner.local.reading import Large, Unread, Whole, read
from scanner.local.walk import Readable

Found = TypeVar("Found", Verdict, Fingerprint)


@dataclass(frozen=True, slots=True)
class Checking:
    """Judges a file. Thread-safe, as its ports are."""

    examiner: Examiner
    judge: Judge
    limit_bytes: int
    """As many bytes as a picture may have."""

    def __call__(self, file: Readable) -> Verdict | Unread:
        """The verdict on a file, or why it could not be read."""
        match read(file, self.limit_bytes):
            case Whole(untrusted_bytes):
                return self.examiner.examine(untrusted_bytes).verdict
            case Large() as large:
                return self.judge.judge(large.fingerprint())
            case Unread() as unread:
                return unread


@dataclass(frozen=True, slots=True)
class Fingerprinting:
    """Fingerprints a file at full scale. Thread-safe, as its port is."""

    hasher: Hasher
    limit_bytes: int
    """As many bytes as a picture may have."""

    def __call__(self, file: Readable) -> Fingerprint | Unread:
        """The fingerprint of a file, or why it could not be read."""
        match read(file, self.limit_bytes):
            case Whole(untrusted_bytes):
                return self.hasher.fingerprint(untrusted_bytes, full=True)
            case Large() as large:
                return large.fingerprint()
            case Unread() as unread:
                return unread
