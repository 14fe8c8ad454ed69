"""The ground on which a rehearsal stands: one private folder, made fresh and removed whole at the end."""

import os
import secrets
from pathlib import Path

from config.faults import Fault
from scanner.rehearsal.waiting import NetworkFailed


def make_ground(directory: Path) -> None:
    """A folder of our own (0700). Raises NetworkFailed when something lies there already: it is never built over."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise NetworkFailed(Fault(str(directory), "is not empty", "Name a folder that is new or empty"))


def fresh_ground() -> Path:
    """The path of a new folder below the system's folder for temporary files (TMPDIR, or /tmp)."""
    return Path(os.environ.get("TMPDIR") or "/tmp") / f"sightline-rehearsal-{secrets.token_hex(6)}"  # noqa: S108 - made 0700 by make_ground, under a name that nobody can guess


def clear(directory: Path) -> None:
    """Remove a folder with all that it holds. Links in it are removed, not followed."""
    for folder, folders, files in os.walk(directory, topdown=False):
        here = Path(folder)
        for name in files:
            (here / name).unlink(missing_ok=True)
        for name in folders:
            _remove_folder(here / name)
    if directory.exists():
        directory.rmdir()


def _remove_folder(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        path.rmdir()
