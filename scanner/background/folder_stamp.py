"""Whether the files of a folder may have changed."""

import re
from pathlib import Path
from typing import Final

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""A file of a folder of lists under any other name is no list."""

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of each file: differs when a file may differ."""


def stamp_of(directory: Path) -> Stamp:
    """Return the stamp of a folder's files; empty if there is no folder."""
    try:
        found = [(path.name, path.stat()) for path in sorted(directory.iterdir())]
    except FileNotFoundError:
        return ()
    return tuple((name, status.st_mtime_ns, status.st_size) for name, status in found)


def names_in(folder: Path, suffix: str) -> list[str]:
    """Return the names of the folder's lists, without the suffix."""
    found = (path.name.removesuffix(suffix) for path in folder.glob(f"*{suffix}"))
    return sorted(name for name in found if NAME.fullmatch(name))
