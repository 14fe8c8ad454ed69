"""A rehearsal's workspace: one private folder, created fresh and removed whole at the end."""

import os
import secrets
from pathlib import Path

from config.faults import Fault, Refused
from reports.files import private_directory


def make_ground(directory: Path) -> Refused | None:
    """Make a private folder (0700). Refuse if it exists: nothing is ever overwritten."""
    refused = private_directory(directory)
    if refused is None and any(directory.iterdir()):
        return Refused((Fault(str(directory), "is not empty", "Name a folder that is new or empty"),))
    return refused


def fresh_ground() -> Path:
    """Return the path of a new folder below the system's folder for temporary files (TMPDIR, or /tmp)."""
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
