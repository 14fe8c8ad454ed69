"""How many paths ended how, and why: nothing that was met is missing from it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from config.text import counted
from matcher.fingerprint import UndecidedReason


@dataclass(slots=True)
class Tally:
    """Counts by outcome, and by the reason for which a path is undecided."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: str, reason: str | None, count: int = 1) -> None:
        """Count one path, or several that ended alike."""
        self.outcomes[outcome] += count
        if reason is not None:
            self.reasons[reason] += count

    @property
    def paths(self) -> int:
        """All of them."""
        return self.outcomes.total()

    @property
    def doubtful(self) -> int:
        """Undecided, and not because it is no picture: worth a look."""
        return self.outcomes["undecided"] - self.reasons[UndecidedReason.NOT_A_PICTURE]

    def lines(self, *outcomes: str) -> Iterator[str]:
        """The summary: the outcomes in this order, then each reason, the most frequent first."""
        yield f"{counted(self.paths, 'path')}: " + ", ".join(f"{self.outcomes[one]:,} {one}" for one in outcomes)
        for reason, count in sorted(self.reasons.items(), key=lambda one: (-one[1], one[0])):
            yield f"  {count:>9,}  undecided: {reason}"
