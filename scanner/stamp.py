"""Whether the files of a folder may have changed."""

from pathlib import Path

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of each file: differs when a file may differ."""


def stamp_of(directory: Path) -> Stamp:
    """The stamp of a folder's files; empty when there is no folder."""
    try:
        found = [(path.name, path.stat()) for path in sorted(directory.iterdir())]
    except FileNotFoundError:
        return ()
    return tuple((name, status.st_mtime_ns, status.st_size) for name, status in found)
