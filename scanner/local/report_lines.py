r"""The lines of a report: JSON for programs, text for people. File names are arbitrary bytes.

In JSON a byte that is not UTF-8 becomes a lone low surrogate (`\udc80` to `\udcff`, Python's `surrogateescape`), so
that a program can restore the exact name. A line is ASCII: no name can break it or control a terminal.
"""

import json
from typing import Any

from matcher.fingerprint import NOT_EXAMINED as REASON_PREFIX
from matcher.fingerprint import Fingerprint, Reading
from matcher.verdict import Match, Outcome, Verdict
from scanner.local.read_file import UnreadFile
from scanner.local.tally import NOT_EXAMINED


def as_text(path: bytes) -> str:
    """Return a path as JSON shows it."""
    return path.decode("utf-8", "surrogateescape")


def shown(path: bytes) -> str:
    """Return a path for a terminal, with unprintable characters escaped."""
    escaped = (char if char.isprintable() else char.encode("unicode_escape").decode() for char in as_text(path))
    return "".join(escaped)


def check_line(path: bytes, found: Verdict | UnreadFile, within: str = "") -> dict[str, Any]:
    """Return the line for one path in a report of `check`; `within` is the path of a file in a container."""
    outcome, reason = ending_of(found)
    return {
        "path": as_text(path),
        **({"within": within} if within else {}),
        "outcome": outcome,
        "reason": reason,
        "matches": [_match(match) for match in found.matches] if isinstance(found, Verdict) else [],
    }


def fingerprint_line(path: bytes, found: Fingerprint | UnreadFile) -> dict[str, Any]:
    """Return the line for one path in a report of `fingerprint`. Digests are null if the file was not read."""
    if isinstance(found, UnreadFile):
        none = dict.fromkeys(("md5", "sha1", "sha256"))
        return {"path": as_text(path), **none, "outcome": "undecided", "reason": found.reason, "readings": []}
    return {
        "path": as_text(path),
        "md5": found.digests.md5.hex(),
        "sha1": found.digests.sha1.hex(),
        "sha256": found.digests.sha256.hex(),
        "outcome": "undecided" if found.undecided else "hashed",
        "reason": found.undecided,
        "readings": [_reading(reading) for reading in found.readings],
    }


def as_json(line: dict[str, Any]) -> str:
    """Return the line as JSON, without its line break."""
    return json.dumps(line, ensure_ascii=True, allow_nan=False)


def check_text(path: bytes, found: Verdict | UnreadFile, within: str = "") -> str | None:
    """Return the line for people; None for a path that is only counted in the summary."""
    place = shown(path) + (f"!{shown(within.encode('utf-8', 'surrogateescape'))}" if within else "")
    if isinstance(found, Verdict) and found.matches:
        return f"matched    {place}: {'; '.join(map(_match_text, found.matches))}"
    outcome, reason = ending_of(found)
    return f"undecided  {place}: {reason}" if outcome == Outcome.UNDECIDED else None


def ending_of(found: Verdict | UnreadFile) -> tuple[str, str | None]:
    """Return outcome and reason. An unreadable file is undecided; one that is not a picture is not examined."""
    if isinstance(found, UnreadFile):
        return Outcome.UNDECIDED.value, found.reason
    if found.reason is not None and found.reason.not_examined:
        return NOT_EXAMINED, found.reason.removeprefix(REASON_PREFIX)
    return found.outcome.value, found.reason


def _match_text(match: Match) -> str:
    names = f"{match.list_name} {match.entry_id}"
    printable = "".join(char if char.isprintable() else "?" for char in names)
    return f"{printable} ({match.tier}, {match.distance_bits} bits, {match.reading})"


def _match(match: Match) -> dict[str, Any]:
    return {
        "list": match.list_name,
        "entry": match.entry_id,
        "tier": match.tier,
        "distance": match.distance_bits,
        "reading": match.reading,
    }


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "reading": reading.name,
        "pdq": reading.pdq.hex(),
        "quality": reading.quality,
        "phash": reading.phash.hex(),
    }
