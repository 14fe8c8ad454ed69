"""What one recipient may receive of a page: matches of other categories are removed before the page is judged.

A picture that matched in other categories alone stays matched, without a match to show, and counts as meant for other
recipients. A match without a category goes to everybody.
"""

from dataclasses import replace

from matcher.verdict import Match, Verdict
from reports.record.model import Policy
from reports.sighting import PageSeen


def narrowed(page: PageSeen, policy: Policy) -> PageSeen:
    """Return the page as a recipient with this policy receives it."""
    if not policy.categories:
        return page
    sightings = (replace(sighting, verdict=_narrowed(sighting.verdict, policy)) for sighting in page.sightings)
    identifiers = (replace(identifier, matches=passing(identifier.matches, policy)) for identifier in page.identifiers)
    return replace(page, sightings=tuple(sightings), identifiers=tuple(identifiers))


def _narrowed(verdict: Verdict, policy: Policy) -> Verdict:
    return replace(verdict, matches=passing(verdict.matches, policy))


def passing(matches: tuple[Match, ...], policy: Policy) -> tuple[Match, ...]:
    """Return those of these matches that a recipient with this policy receives."""
    return tuple(match for match in matches if _passes(match, policy)) if policy.categories else matches


def _passes(match: Match, policy: Policy) -> bool:
    return not match.category or f"{match.category_scheme}/{match.category}" in policy.categories
