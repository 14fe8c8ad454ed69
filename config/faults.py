"""Faults that a person must fix: what, why, and how. Every refusal in Sightline is a list of these."""

import errno
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    `where` names it (a path such as `tor.socks_port`, a file and line, a target's number); `cause` says what is wrong
    with it; `fix` says what to do. None of the three ever holds bytes that came from a site.
    """

    where: str
    cause: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.cause}. {self.fix}"

    def described(self) -> dict[str, str]:
        """Return the fault for programs. The published key of `fix` is `mend` until version 1.0."""
        return {"where": self.where, "cause": self.cause, "mend": self.fix}


_DISK: Final = {
    errno.ENOSPC: "Make room, then try again.",
    errno.EDQUOT: "Make room within this user's quota, then try again.",
    errno.EROFS: "It lies on a file system that is read-only: make that writable, or name another place.",
    errno.EACCES: "Give it to the user who runs Sightline (`chown`, `chmod`).",
    errno.EPERM: "Give it to the user who runs Sightline (`chown`, `chmod`).",
    errno.ENOENT: "Check the path: a folder on it is not there.",
    errno.ENOTDIR: "Check the path: what should be a folder is a file.",
    errno.EISDIR: "Check the path: what should be a file is a folder.",
    errno.ELOOP: "It is a link, and links are not followed here: name the file itself.",
    errno.EMFILE: "Let this user have more files open (`ulimit -n`).",
}


def disk_fault(where: str, error: OSError) -> Fault:
    """Return the Fault for a file that the operating system refused, in its own words, with the fix for that cause."""
    cause = f"the system does not allow it ({error.strerror or type(error).__name__})"
    return Fault(where, cause, _DISK.get(error.errno or 0, "See what the system says of it, then try again."))


@dataclass(frozen=True, slots=True)
class Refused:
    """Something was refused whole; `faults` holds every reason, not only the first. Never empty."""

    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)
