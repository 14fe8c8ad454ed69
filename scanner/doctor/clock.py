"""The clock, compared with what others say of the time, and with what this scanner wrote before."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from config.clock import TOLERANCE, rfc3339
from config.faults import Fault
from reports.sighting import ClockReading
from reports.store.reading import newest_entry

_VALID_AFTER: Final = re.compile(r"^valid-after ([0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2})$", re.MULTILINE)
_HEAD_BYTES: Final = 4_096
_FIX: Final = "Set the clock, and keep it right with NTP (`timedatectl set-ntp true`)."


def behind_consensus(data_directory: Path, now: datetime) -> Fault | None:
    """Check for a clock before the consensus that tor has already seen: certainly wrong. Uses no network."""
    kept = data_directory / "cached-microdesc-consensus"
    if not kept.is_file():
        return None
    with kept.open("rb") as file:
        found = _VALID_AFTER.search(file.read(_HEAD_BYTES).decode("ascii", "replace"))
    if found is None:
        return None
    seen = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    if now >= seen - TOLERANCE:
        return None
    return Fault("clock", f"says {rfc3339(now)}, but tor has a consensus of {rfc3339(seen)}", _FIX)


def off(reading: ClockReading) -> Fault | None:
    """Check for a clock that a running tor's consensus contradicts."""
    offset = reading.offset_seconds
    if offset is None or abs(offset) <= TOLERANCE.total_seconds():
        return None
    return Fault("clock", f"is {abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} the tor consensus", _FIX)


def behind_log(store: Path, now: datetime) -> Fault | None:
    """Check for a clock before the log's newest entry: wrong now, or wrong then."""
    entry = newest_entry(store)
    if entry is None or now >= entry.time - TOLERANCE:
        return None
    cause = f"says {rfc3339(now)}, but the newest entry of the log ({entry.index}) was written at {rfc3339(entry.time)}"
    kept = "If it is right now, it was wrong then: the log keeps that time, and `audit verify` says where it went back."
    return Fault("clock", cause, f"{_FIX} {kept}")
