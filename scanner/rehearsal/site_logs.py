"""The sites' own logs: proof, independent of the scanner, of what was requested and what was not."""

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.sites import OnionSite, SiteRequest

ALLOWED_METHOD = "GET"


@dataclass(frozen=True, slots=True)
class Breach:
    """One request that should never have been made."""

    site: str
    method: str
    path: str


def requests_to_unlisted(sites: Iterable[tuple[SitePlan, OnionSite]]) -> int:
    """Return how often unlisted sites were contacted, even by a silent connection."""
    return sum(max(site.connections, len(site.asked)) for plan, site in sites if not plan.listed)


def breaches(sites: Iterable[tuple[SitePlan, OnionSite]]) -> tuple[Breach, ...]:
    """Requests that listed sites should not have seen: out of scope, behind a form, or of another method than GET."""
    return tuple(
        Breach(plan.name, asked.method, asked.path)
        for plan, site in sites
        if plan.listed
        for asked in site.asked
        if _forbidden(plan, asked)
    )


def _forbidden(plan: SitePlan, asked: SiteRequest) -> bool:
    return asked.method != ALLOWED_METHOD or asked.path.partition("?")[0] in plan.forbidden_paths
