"""The tor program on this machine: where it is, and whether it is new enough."""

import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from config.faults import Fault

SYSTEM_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin")
"""Searched after PATH: an ordinary user's PATH on Debian lacks the first."""
INSTALL: Final = "Install it (`apt-get install tor`, from deb.torproject.org where the distribution's is too old)."
REINSTALL: Final = f"Run it by hand to see its message; reinstall it if it is broken. {INSTALL}"
_VERSION: Final = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)((?:-[a-z0-9]+)*)")
_ANSWER_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A tor version: four numbers, and a status such as `-alpha` (which is part of no comparison that we make)."""

    numbers: tuple[int, int, int, int]
    status: str = ""

    @classmethod
    def parse(cls, text: str) -> "Self | None":
        """Return the first version in `text`, such as `Tor version 0.4.9.11.`; None if there is none."""
        found = _VERSION.search(text)
        if found is None:
            return None
        first, second, third, fourth = (int(found[group]) for group in range(1, 5))
        return cls((first, second, third, fourth), found[5])

    def __str__(self) -> str:
        return ".".join(map(str, self.numbers)) + self.status


OLDEST: Final = Version((0, 4, 9, 11))
"""Older versions have client assertions that a hostile onion service can trigger to stop our tor."""


def find_program(setting: Path | None = None) -> Path | Fault:
    """Return the tor program: the configured one, else the first on PATH or in the usual folders."""
    if setting is not None:
        return setting if _runs(setting) else Fault(str(setting), "is not a program that can be run", INSTALL)
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *SYSTEM_FOLDERS]
    candidates = (Path(folder) / "tor" for folder in folders if folder)
    found = next((path for path in candidates if _runs(path)), None)
    return found or Fault("tor", "is not installed", INSTALL)


def tor_version(program: Path) -> Version | Fault:
    """Return the program's version; a Fault if it reports none or one that is too old."""
    try:
        ended = subprocess.run([program, "--version"], capture_output=True, timeout=_ANSWER_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Fault(str(program), f"did not say its version within {_ANSWER_SECONDS:.0f} s", REINSTALL)
    except OSError as error:
        return Fault(str(program), f"does not run ({error.strerror})", REINSTALL)
    version = Version.parse(ended.stdout.decode("ascii", "replace"))
    if version is not None:
        return too_old(version, str(program)) or version
    if ended.returncode:
        return Fault(str(program), f"{_failure(ended.returncode)} instead of saying its version", REINSTALL)
    return Fault(str(program), "says no version: it is not tor", INSTALL)


def solves_proof_of_work(program: Path) -> bool:
    """Return True if this tor can solve the proof of work that an onion service may demand while it is attacked.

    It is a module that a tor may be built without; then such a service is slow to reach, or is not reached at all.
    """
    try:
        ended = subprocess.run([program, "--list-modules"], capture_output=True, timeout=_ANSWER_SECONDS, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return False
    return b"pow: yes" in ended.stdout.splitlines()


def _failure(code: int) -> str:
    """Describe a program's exit, as Popen reports it: a signal's number is negative."""
    return f"ended with code {code}" if code > 0 else f"was ended by {signal.strsignal(-code) or f'signal {-code}'}"


def too_old(version: Version, where: str) -> Fault | None:
    """Return the Fault of a version that is too old, if it is."""
    if version.numbers >= OLDEST.numbers:
        return None
    cause = f"is version {version}; before {OLDEST} a hostile onion service can make tor stop"
    return Fault(where, cause, f"Update it to {OLDEST} or newer. {INSTALL}")


def _runs(path: Path) -> bool:
    # Unlike `Path.is_file`, this is False as well where a folder on the way may not be entered.
    return os.path.isfile(path) and os.access(path, os.X_OK)  # noqa: PTH113
