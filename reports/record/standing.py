"""The standing of each picture on a page for a recipient, judged with its neighbours.

- A picture is *known* if it matched in a tier that is referred. Every other picture on the same page then matters:
  unknown, undecided or weakly matched beside known pictures, it is a finding too.
- Every picture has exactly one standing, so that counts by standing add up to the pictures that were examined.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from matcher.verdict import Outcome, Tier, Verdict


class Standing(StrEnum):
    """The first four are findings."""

    KNOWN = "known"
    """Matched, in a tier that is referred."""
    UNKNOWN_BESIDE_KNOWN = "unknown beside known"
    UNDECIDED_BESIDE_KNOWN = "undecided beside known"
    WEAK_BESIDE_KNOWN = "weakly matched beside known"
    WEAK = "weakly matched"
    """Matched, but only in a tier that is not referred."""
    UNDECIDED = "undecided"
    UNKNOWN = "unknown"
    """No list in force knows it."""
    WITHHELD = "matched, for other recipients"
    """Matched only in categories that this recipient does not receive."""

    @property
    def finding(self) -> bool:
        """Whether it is referred."""
        return self in FINDINGS


FINDINGS: Final = frozenset(
    {Standing.KNOWN, Standing.UNKNOWN_BESIDE_KNOWN, Standing.UNDECIDED_BESIDE_KNOWN, Standing.WEAK_BESIDE_KNOWN}
)
ALONE: Final = MappingProxyType(
    {Outcome.MATCHED: Standing.WEAK, Outcome.UNDECIDED: Standing.UNDECIDED, Outcome.NO_MATCH: Standing.UNKNOWN}
)
BESIDE_KNOWN: Final = MappingProxyType(
    {
        Outcome.MATCHED: Standing.WEAK_BESIDE_KNOWN,
        Outcome.UNDECIDED: Standing.UNDECIDED_BESIDE_KNOWN,
        Outcome.NO_MATCH: Standing.UNKNOWN_BESIDE_KNOWN,
    }
)


def standings(verdicts: Sequence[Verdict], referred_tiers: Collection[Tier]) -> tuple[Standing, ...]:
    """Return the standing of each picture of one page, in order."""
    known = [any(match.tier in referred_tiers for match in verdict.matches) for verdict in verdicts]
    others = BESIDE_KNOWN if any(known) else ALONE
    return tuple(
        Standing.KNOWN if is_known else _unreferred(verdict, others)
        for is_known, verdict in zip(known, verdicts, strict=True)
    )


def _unreferred(verdict: Verdict, others: Mapping[Outcome, Standing]) -> Standing:
    """Return True for a match with nothing to show: it was removed for this recipient."""
    taken_out = verdict.outcome is Outcome.MATCHED and not verdict.matches
    return Standing.WITHHELD if taken_out else others[verdict.outcome]
