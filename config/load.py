"""Finds and reads the configuration file: TOML into `Settings`, or every error at once with its path and its fix.

Search order: `--config`, `./sightline.toml`, the user's configuration folder (platformdirs),
`/etc/sightline/sightline.toml`. Nothing is read from the environment. A broken file never becomes defaults.
"""

import codecs
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from platformdirs import user_config_path
from pydantic import ValidationError

from config.explain import explain
from config.faults import Fault, Refused
from config.layout import FILE_NAME
from config.settings import Settings

SIZE_MAX_BYTES: Final = 2**20


def places() -> tuple[Path, ...]:
    """Return the places searched for a configuration if none is named, in order."""
    return (Path(FILE_NAME), user_config_path("sightline") / FILE_NAME, Path("/etc/sightline") / FILE_NAME)


def find(given: str | None, searched: Sequence[Path] | None = None) -> Path | Refused:
    """Return the configuration file to read: `given` (from --config) or the first that exists."""
    if given is not None:
        return Path(given)
    candidates = places() if searched is None else searched
    for path in candidates:
        if os.path.exists(path):  # noqa: PTH110 - unlike Path.exists, false where this user may not look
            return path
    looked = ", ".join(str(path) for path in candidates)
    fix = "Write one with `sightline init`, or name it with --config."
    return Refused((Fault("configuration", f"there is none that this user can see (looked for {looked})", fix),))


def load(path: Path) -> Settings | Refused:
    """Return the settings in the file at `path`; relative paths in it start from its folder."""
    document = _document(path)
    if isinstance(document, Fault):
        return Refused((document,))
    whole = {name: {} for name in Settings.model_fields if name not in _LISTS} | document
    try:
        return Settings.model_validate(whole, context={"folder": path.absolute().parent})
    except ValidationError as error:
        return Refused(explain(error, Settings, f"in {path}"))


_LISTS: Final = ("authorities", "recipients")


def _document(path: Path) -> dict[str, Any] | Fault:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_MAX_BYTES + 1)
        if len(content) > SIZE_MAX_BYTES:
            return Fault(str(path), f"is larger than {SIZE_MAX_BYTES} bytes", "Name a configuration file.")
        return tomllib.loads(content.decode())
    except OSError as error:
        return Fault(str(path), f"cannot be read ({error.strerror})", "Check the path and its permissions.")
    except UnicodeDecodeError:
        return Fault(str(path), "is not text in UTF-8", "Save it as UTF-8.")
    except RecursionError:
        return Fault(str(path), "is nested too deeply", "Name a configuration file.")
    except tomllib.TOMLDecodeError as error:
        marked = content.startswith(codecs.BOM_UTF8)
        cause = "begins with a byte order mark, which TOML does not know" if marked else f"is not valid TOML ({error})"
        return Fault(str(path), cause, "Correct it at that place; see https://toml.io.")
