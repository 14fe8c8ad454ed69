"""A recipient's own weights: a TOML file with a weight for each reason. Reasons without one keep their default.

    [weights]
    unknown_beside_known = 150
    linked_only = -10

A reason is named as in `reports.record.priority.PriorityReason`, in small letters.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Final

from config.faults import Fault, Refused
from reports.record.priority import WEIGHTS, PriorityReason

WEIGHT_MOST: Final = 10_000
FIX: Final = "`sightline reports weights` prints one to begin with."
HEAD: Final = "# What each reason counts for: the sum orders the work, and hides nothing.\n[weights]\n"
NAMES: Final = {reason.name.lower(): reason for reason in PriorityReason}


def read_weights(untrusted_toml: bytes, where: str) -> Mapping[PriorityReason, int] | Refused:
    """Return the weight of every reason. Refuse a malformed file with every Fault; `where` names it."""
    try:
        table = tomllib.loads(untrusted_toml.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return Refused(
            (Fault(where, f"is no TOML ({error})", "`sightline reports weights` prints one to begin with."),)
        )
    given = table.get("weights")
    if not isinstance(given, dict) or table.keys() - {"weights"}:
        return Refused((Fault(where, "must hold one table, [weights], and nothing else", FIX),))
    faults = tuple(_faults(given, where))
    if faults:
        return Refused(faults)
    return {**WEIGHTS, **{NAMES[name]: int(weight) for name, weight in given.items()}}


def _faults(given: Mapping[str, object], where: str) -> Iterator[Fault]:
    for name, weight in given.items():
        if name not in NAMES:
            yield Fault(f"{where}: {name}", "is no reason", f"Reasons are: {', '.join(NAMES)}.")
        elif isinstance(weight, bool) or not isinstance(weight, int) or abs(weight) > WEIGHT_MOST:
            fix = f"Write a whole number from -{WEIGHT_MOST} to {WEIGHT_MOST}."
            yield Fault(f"{where}: {name}", "is no weight", fix)


def weights_toml() -> str:
    """Return every reason with its default weight: a file to begin with."""
    lines = (f"{reason.name.lower()} = {weight}  # {reason}" for reason, weight in WEIGHTS.items())
    return "\n".join(
        ("# What each reason counts for: the sum orders the work, and hides nothing.", "[weights]", *lines, "")
    )
