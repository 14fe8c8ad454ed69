"""Files that the command line names: read bounded, written whole, and refused with a mend."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from config.faults import Fault, Refused
from reports import files

PUBLIC: Final = 0o644


def read_bounded(path: Path, limit_bytes: int) -> bytes | Refused:
    """A file's bytes. Refused when it cannot be read or is larger than the limit."""
    try:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError as error:
        return Refused((Fault(str(path), f"cannot be read ({error.strerror})", "Check the path and permissions."),))
    if len(content) > limit_bytes:
        return Refused((Fault(str(path), f"is larger than {limit_bytes} bytes", "Name the right file."),))
    return content


def write_public(path: Path, content: bytes) -> Refused | None:
    """Write what anybody may read: a signature, a public key."""
    try:
        files.write(path, content, mode=PUBLIC)
    except OSError as error:
        return _unwritten(path, error)
    return None


def write_new(path: Path, content: bytes | Iterable[bytes], *, mode: int = files.PRIVATE_FILE) -> Refused | None:
    """Write a secret, or what a person asked for, whole or piece by piece; never over a file that is there."""
    try:
        return files.write_new(path, content, mode=mode)
    except OSError as error:
        return _unwritten(path, error)


def _unwritten(path: Path, error: OSError) -> Refused:
    return Refused((Fault(str(path), f"cannot be written ({error.strerror})", "Name a place that you may write to."),))
