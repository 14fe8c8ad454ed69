"""A fault that a person must mend: what, why, and how. Every refusal in Sightline is a list of these."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    `where` names it (a path such as `tor.socks_port`, a file and line, a target's number); `cause` says what is wrong
    with it; `mend` says what to do. None of the three ever holds bytes that came from a site.
    """

    where: str
    cause: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.cause}. {self.mend}"


@dataclass(frozen=True, slots=True)
class Refused:
    """Something was refused whole; `faults` holds every reason, not only the first. Never empty."""

    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)
