"""The comparison of what was planted with what the opened referral reports. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scanner.rehearsal.expectations import LINKS, OTHERS, PICTURE, Place, Planted

ENTRY: Final = re.compile(r"(?<=^matched) [^:]+")
COUNTS: Final = re.compile(r"(?<=^read): .* without a match")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One line of the comparison. `expected` is empty if nothing was planted, `found` if nothing was reported."""

    page: str
    picture: str
    way: str
    expected: tuple[str, ...]
    found: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What it is an example of: the first phrase without names and counts; for links, the reason. Empty if not
        planted.
        """
        if not self.expected:
            return ""
        subject = self.way if self.way in OTHERS else PICTURE
        reason = f", {self.picture}" if self.way == LINKS else ""
        return f"{subject} {COUNTS.sub('', ENTRY.sub('', self.expected[0]))}{reason}"

    @property
    def holds(self) -> bool:
        """True if it was reported once, in one of the expected ways."""
        return len(self.found) == 1 and self.found[0] in self.expected


def compare(planted: Sequence[Planted], told: Mapping[Place, Sequence[str]]) -> tuple[Comparison, ...]:
    """Return one row for each planted thing, in order; then one for each thing that nobody planted."""
    rows = [
        Comparison(item.page, item.picture, item.way, item.expected, tuple(told.get(item.place, ())))
        for item in planted
    ]
    known = {item.place for item in planted}
    others = [Comparison(*place, (), tuple(found)) for place, found in told.items() if place not in known]
    return (*rows, *others)
