"""Recipients of what is found under a mandate, each with the policy that its records follow.

- A recipient that names no jurisdictions receives every mandate, and one that names no categories every match.
- A mandate without jurisdictions, and a match without a category, go to everybody: nothing may be lost for want of a
  label.
- Under each mandate one recipient must receive everything. A list without one is not in force.
"""

from dataclasses import dataclass

from config.faults import Fault
from config.settings import Settings
from matcher.verdict import Tier
from reports.record.build import Policy
from reports.sighting import Mandate


@dataclass(frozen=True, slots=True)
class RecipientRule:
    """One recipient (by its first age key) and what it receives. No `jurisdictions`: every mandate."""

    recipient: str
    policy: Policy
    jurisdictions: frozenset[str] = frozenset()

    def concerns(self, mandate: Mandate) -> bool:
        """Return True if this recipient receives findings under a mandate."""
        theirs = {name.casefold() for name in mandate.jurisdictions}
        return not theirs or not self.jurisdictions or not theirs.isdisjoint(self.jurisdictions)


@dataclass(frozen=True, slots=True)
class Recipients:
    """All recipients, in the order of the configuration."""

    recipients: tuple[RecipientRule, ...]

    def of(self, mandate: Mandate) -> tuple[RecipientRule, ...]:
        """Return those who receive findings under this mandate."""
        return tuple(told for told in self.recipients if told.concerns(mandate))

    def fault(self, mandate: Mandate) -> Fault | None:
        """Return why nothing may be fetched under this mandate: nobody would receive all findings."""
        if any(not told.policy.categories for told in self.of(mandate)):
            return None
        named = ", ".join(mandate.jurisdictions)
        cause = "no recipient receives all findings under it "
        cause += f"({named or 'every jurisdiction'}), so findings could be lost: it is not in force"
        fix = "Give one of the [[recipients]] no `receives_categories`"
        fix += f", and one of these `receives_jurisdictions`, or none: {named}." if named else "."
        return Fault(f"the list {mandate.list_id}", cause, fix)


def audience_of(settings: Settings) -> Recipients:
    """Return the configured recipients."""
    tiers = tuple(Tier(tier) for tier in settings.matcher.referred_tiers)
    return Recipients(
        tuple(
            RecipientRule(
                recipient.first_key,
                Policy(tiers, settings.matcher.keep_fingerprints, recipient.receives_categories),
                frozenset(name.casefold() for name in recipient.receives_jurisdictions),
            )
            for recipient in settings.recipients
        )
    )
