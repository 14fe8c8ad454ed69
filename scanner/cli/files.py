"""Files named on the command line: read within bounds, and refused with a fix."""

from pathlib import Path

from config.faults import Fault, Refused, disk_fault


def read_bounded(path: Path, limit_bytes: int) -> bytes | Refused:
    """Read a file's bytes. Refuse it if it cannot be read or is larger than the limit."""
    try:
        with path.open("rb") as file:
            content = file.read(limit_bytes + 1)
    except OSError as error:
        return Refused((disk_fault(str(path), error),))
    if len(content) > limit_bytes:
        return Refused((Fault(str(path), f"is larger than {limit_bytes} bytes", "Name the right file."),))
    return content
