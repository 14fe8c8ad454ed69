"""Tor and the clock that it depends on."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from config.clock import rfc3339
from config.faults import Fault
from config.settings import Tor
from reports.sighting import ClockReading
from scanner.tor import find_program, tor_version

_VALID_AFTER: Final = re.compile(r"^valid-after ([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})$", re.MULTILINE)
_HEAD_BYTES: Final = 4_096
_SKEW: Final = timedelta(minutes=5)
_MEND: Final = "Set the clock, and keep it right with NTP (`timedatectl set-ntp true`)."


def program(tor: Tor) -> Fault | None:
    """A tor that is missing, does not run, or is too old. Nothing to say of one that runs already."""
    if tor.mode == "running":
        return None
    found = find_program(tor.program)
    version = found if isinstance(found, Fault) else tor_version(found)
    return version if isinstance(version, Fault) else None


def named_files(tor: Tor) -> list[Fault]:
    """Files that the [tor] section names and that are not there."""
    named = {"torrc_extra": tor.torrc_extra, "control_cookie": tor.control_cookie}
    named["control_password_file"] = tor.control_password_file
    return [
        Fault(f"tor.{key}", f"names {path}, which is not a file that can be read", "Correct the path.")
        for key, path in named.items()
        if path is not None and not path.is_file()
    ]


def clock_behind(data_directory: Path, now: datetime) -> Fault | None:
    """A clock that lies before the consensus which tor has already seen: certainly wrong. Looks at no network."""
    kept = data_directory / "cached-microdesc-consensus"
    if not kept.is_file():
        return None
    with kept.open("rb") as file:
        found = _VALID_AFTER.search(file.read(_HEAD_BYTES).decode("ascii", "replace"))
    if found is None:
        return None
    seen = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    if now >= seen - _SKEW:
        return None
    return Fault("clock", f"says {rfc3339(now)}, but tor has a consensus of {rfc3339(seen)}", _MEND)


def clock_off(reading: ClockReading) -> Fault | None:
    """A clock that the consensus of a running tor contradicts."""
    offset = reading.offset_seconds
    if offset is None or abs(offset) <= _SKEW.total_seconds():
        return None
    return Fault("clock", f"is {abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} the tor consensus", _MEND)
