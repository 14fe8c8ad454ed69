"""Sightline's version: part of every record's provenance."""

import re
from importlib.metadata import version
from pathlib import Path
from typing import Final

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def tool_version() -> str:
    """Return the package's version."""
    return version("sightline")


def tool_commit(root: Path = Path(__file__).parent.parent) -> str:
    """Return the commit of the running checkout, in hex; empty if it runs from a package."""
    found = _resolved(root / ".git", _text(root / ".git" / "HEAD"))
    return found if _COMMIT.fullmatch(found) else ""


def _resolved(git: Path, head: str) -> str:
    name = head.removeprefix("ref: ")
    if name == head:
        return head
    lines = (line.partition(" ") for line in _text(git / "packed-refs").split("\n"))
    return _text(git / name) or {ref: commit for commit, _, ref in lines}.get(name, "")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
