"""The examination of each file: judged against the hash lists, or fingerprinted at full scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from matcher.fingerprint import Fingerprint, Hasher
from matcher.verdict import Examiner, Judge, Verdict
from scanner.local.read_file import Large, UnreadFile, Whole, read
from scanner.local.walk import Readable


@dataclass(frozen=True, slots=True)
class ExaminedFile:
    """The verdict on the file of this SHA-256."""

    sha256: bytes
    verdict: Verdict


Found = TypeVar("Found", ExaminedFile, Fingerprint)


class FileExaminer(Protocol[Found]):
    """Examines files, and examines again those whose workers lied. Thread-safe."""

    def __call__(self, file: Readable) -> Found | UnreadFile:
        """Examine a file. Return the reason if it could not be read."""
        ...

    def prove(self) -> Mapping[bytes, Found]:
        """Prove the workers. Return the results that replace earlier ones, by SHA-256."""
        ...

    def sha256(self, found: Found) -> bytes:
        """Return the SHA-256 of the file with this result."""
        ...


@dataclass(frozen=True, slots=True)
class Checking:
    """Judges a file. Thread-safe, as its ports are."""

    examiner: Examiner
    judge: Judge
    limit_bytes: int
    """Limit of a picture in bytes."""

    def __call__(self, file: Readable) -> ExaminedFile | UnreadFile:
        """Judge a file. Return the reason if it could not be read."""
        match read(file, self.limit_bytes):
            case Whole(untrusted_bytes):
                examined = self.examiner.examine(untrusted_bytes)
                return ExaminedFile(examined.fingerprint.digests.sha256, examined.verdict)
            case Large() as large:
                return ExaminedFile(large.digests.sha256, self.judge.judge(large.fingerprint()))
            case UnreadFile() as unread:
                return unread

    def prove(self) -> Mapping[bytes, ExaminedFile]:
        """Prove the workers; see `FileExaminer`."""
        return {key: ExaminedFile(key, examined.verdict) for key, examined in self.examiner.recheck().items()}

    def sha256(self, found: ExaminedFile) -> bytes:
        """See `FileExaminer`."""
        return found.sha256


@dataclass(frozen=True, slots=True)
class Fingerprinting:
    """Fingerprints a file at full scale. Thread-safe, as its port is."""

    hasher: Hasher
    limit_bytes: int
    """Limit of a picture in bytes."""

    def __call__(self, file: Readable) -> Fingerprint | UnreadFile:
        """Fingerprint a file. Return the reason if it could not be read."""
        match read(file, self.limit_bytes):
            case Whole(untrusted_bytes):
                return self.hasher.fingerprint(untrusted_bytes, full=True)
            case Large() as large:
                return large.fingerprint()
            case UnreadFile() as unread:
                return unread

    def prove(self) -> Mapping[bytes, Fingerprint]:
        """Prove the workers; see `FileExaminer`."""
        again = (self.hasher.fingerprint(doubted, full=True) for doubted in self.hasher.suspects())
        return {found.digests.sha256: found for found in again}

    def sha256(self, found: Fingerprint) -> bytes:
        """See `FileExaminer`."""
        return found.digests.sha256
