"""The examination of each file: judged against the hash lists, or fingerprinted at full scale."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

from matcher.containers.kinds import container_of, may_hold_pictures
from matcher.fingerprint import Fingerprint, Hasher
from matcher.verdict import Examiner, Judge, Outcome, Verdict
from scanner.local.open_container import ContainerOpener
from scanner.local.read_file import Large, UnreadFile, Whole, read
from scanner.local.walk import Readable
from scanner.page.content import PictureRef
from scanner.page.port import Unreadable

NOT_ALL_READ: Final = "not everything in it could be read"


@dataclass(frozen=True, slots=True)
class ExaminedFile:
    """The verdict on the file of this SHA-256, and on the files within it if it is a container."""

    sha256: bytes
    verdict: Verdict
    within: tuple[tuple[str, "ExaminedFile | UnreadFile"], ...] = ()
    """The files within it, by path."""
    opened: bool = False
    """True for a container that was read completely."""
    fault: str = ""
    """The reason for which not everything in it was read."""

    def ending(self) -> Verdict | UnreadFile:
        """Return the verdict of a report. An opened container ends as `no match`: its files have their own verdicts."""
        if self.verdict.outcome is Outcome.MATCHED:
            return self.verdict
        if self.fault:
            return UnreadFile(self.fault)
        not_examined = self.verdict.reason is not None and self.verdict.reason.not_examined
        return Verdict(Outcome.NO_MATCH) if self.opened and not_examined else self.verdict


Found = TypeVar("Found", ExaminedFile, Fingerprint)


class FileExaminer(Protocol[Found]):
    """Examines files, and examines again those whose workers lied. Thread-safe."""

    def __call__(self, file: Readable) -> Found | UnreadFile:
        """Examine a file. Return the reason if it could not be read."""
        ...

    def prove(self) -> Mapping[bytes, Found]:
        """Prove the workers. Return the results that replace earlier ones, by SHA-256."""
        ...

    def settled(self, found: Found, proven: Mapping[bytes, Found]) -> Found:
        """Return the result with every part replaced that a proof replaces."""
        ...


@dataclass(frozen=True, slots=True)
class Checking:
    """Judges a file, and the files within a container. Thread-safe, as its ports are."""

    examiner: Examiner
    judge: Judge
    limit_bytes: int
    """Limit of a picture in bytes."""
    opener: ContainerOpener | None = None

    def __call__(self, file: Readable) -> ExaminedFile | UnreadFile:
        """Judge a file. Return the reason if it could not be read."""
        match read(file, self.limit_bytes):
            case Whole(untrusted_bytes):
                return self._opened(self._examined(untrusted_bytes), untrusted_bytes)
            case Large() as large:
                return ExaminedFile(large.digests.sha256, self.judge.judge(large.fingerprint()))
            case UnreadFile() as unread:
                return unread

    def prove(self) -> Mapping[bytes, ExaminedFile]:
        """Prove the workers; see `FileExaminer`."""
        return {key: ExaminedFile(key, examined.verdict) for key, examined in self.examiner.recheck().items()}

    def settled(self, found: ExaminedFile, proven: Mapping[bytes, ExaminedFile]) -> ExaminedFile:
        """See `FileExaminer`."""
        verdict = proven.get(found.sha256, found).verdict
        within = tuple(
            (path, file if isinstance(file, UnreadFile) else self.settled(file, proven)) for path, file in found.within
        )
        return replace(found, verdict=verdict, within=within)

    def _examined(self, untrusted: bytes) -> ExaminedFile:
        examined = self.examiner.examine(untrusted)
        return ExaminedFile(examined.fingerprint.digests.sha256, examined.verdict)

    def _opened(self, found: ExaminedFile, untrusted: bytes) -> ExaminedFile:
        """Add the verdicts on the files in a container, or on the pictures embedded in another file."""
        if self.opener is None or not may_hold_pictures(untrusted):
            return found
        contents = self.opener.contents(untrusted)
        if isinstance(contents, Unreadable):
            return replace(found, fault=f"could not be opened: {contents.cause}")
        within = tuple((path, self._inner(file)) for path, file in contents.files)
        complete = contents.complete and not any(isinstance(file, UnreadFile) for _, file in within)
        opened = complete and bool(within) and container_of(untrusted) is not None
        return replace(found, within=within, opened=opened, fault="" if complete else NOT_ALL_READ)

    def _inner(self, file: PictureRef) -> ExaminedFile | UnreadFile:
        if file.unread:
            return UnreadFile(file.unread.rpartition(": ")[2])
        return self._examined(file.untrusted_inline)


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
        again = (self.hasher.fingerprint(suspect, full=True) for suspect in self.hasher.suspects())
        return {found.digests.sha256: found for found in again}

    def settled(self, found: Fingerprint, proven: Mapping[bytes, Fingerprint]) -> Fingerprint:
        """See `FileExaminer`."""
        return proven.get(found.digests.sha256, found)
