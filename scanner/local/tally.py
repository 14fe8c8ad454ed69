"""Counts of paths by outcome and reason. Every path is in it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from config.text import counted
from matcher.fingerprint import UndecidedReason

NOT_EXAMINED = "not examined"
"""The outcome of a file that is not a picture, with its kind as the reason."""
_TEXT: Final = "text"


@dataclass(slots=True)
class Tally:
    """Counts by outcome, and of undecided and not examined paths by reason."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, outcome: str, reason: str | None, count: int = 1) -> None:
        """Count paths of one outcome and reason."""
        self.outcomes[outcome] += count
        if reason is not None:
            self.reasons[outcome, reason] += count

    @property
    def paths(self) -> int:
        """Number of all paths."""
        return self.outcomes.total()

    @property
    def doubtful(self) -> int:
        """Number of files that may hold an unseen picture: undecided ones, and not examined ones except text."""
        open_ends = self.outcomes["undecided"] + self.outcomes[NOT_EXAMINED]
        not_a_picture = self.reasons["undecided", UndecidedReason.NOT_A_PICTURE]
        return open_ends - not_a_picture - self.reasons[NOT_EXAMINED, _TEXT]

    def lines(self, *outcomes: str) -> Iterator[str]:
        """Yield the summary: outcomes in this order, then reasons, the most frequent first."""
        yield f"{counted(self.paths, 'path')}: " + ", ".join(
            f"{self.outcomes[outcome]:,} {outcome}" for outcome in outcomes
        )
        for (outcome, reason), count in sorted(self.reasons.items(), key=lambda item: (-item[1], item[0])):
            yield f"  {count:>9,}  {outcome}: {reason}"
