"""Finds and reads the configuration file: TOML into `Settings`, or every error at once with its path and its mend.

Looked for in this order: `--config`, `./sightline.toml`, the user's configuration folder (platformdirs),
`/etc/sightline/sightline.toml`. Nothing is read from the environment. A broken file never becomes defaults.
"""

from pathlib import Path

from config.faults import Refused
from config.settings import Settings


def find(given: str | None) -> Path | Refused:
    """The configuration file to read: `given` (from --config) or the first that exists."""
    raise NotImplementedError(given)


def load(path: Path) -> Settings | Refused:
    """The settings in the file at `path`; relative paths in it are meant from its folder."""
    raise NotImplementedError(path)
