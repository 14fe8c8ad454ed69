"""The two programs that a private network needs: `tor`, and `tor-gencert` for its directory authority's certificate."""

import os
from dataclasses import dataclass
from pathlib import Path

from config.faults import Fault, Refused

SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin")
"""Searched after PATH: an ordinary user's PATH on Debian lacks the first."""


@dataclass(frozen=True, slots=True)
class TorPrograms:
    """Where the two programs are."""

    tor: Path
    gencert: Path


def find_programs(tor: str = "") -> TorPrograms | Refused:
    """Return `tor`, given or from PATH and the usual folders; and `tor-gencert`, next to it or likewise."""
    tor_path = _runnable(Path(tor)) if tor else _find("tor")
    beside = [str(tor_path.parent)] if tor_path else []
    gencert_path = _find("tor-gencert", beside)
    if tor_path and gencert_path:
        return TorPrograms(tor_path, gencert_path)
    missing = [name for name, path in (("tor", tor_path), ("tor-gencert", gencert_path)) if path is None]
    return Refused(tuple(Fault(name, "not found", "Install it: apt-get install tor") for name in missing))


def _find(name: str, first: list[str] | None = None) -> Path | None:
    folders = [*(first or []), *os.environ.get("PATH", "").split(os.pathsep), *SYSTEM_FOLDERS]
    found = (_runnable(Path(folder) / name) for folder in folders if folder)
    return next((path for path in found if path is not None), None)


def _runnable(path: Path) -> Path | None:
    # Unlike `Path.is_file`, this is False as well where a folder on the way may not be entered.
    return path if os.path.isfile(path) and os.access(path, os.X_OK) else None  # noqa: PTH113
