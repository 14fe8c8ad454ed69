"""The state of a site after a visit: up, failing, down, or unknown because our own tor was ill. Pure.

- A site that answers is up, whatever it answers: HTTP errors, login, captcha and queue pages, a closed port, a dead
  backend.
- It is down only if two healthy tors found no way to it, and the second (which knew nothing of it) reported that its
  introduction points are gone or that it has no descriptor.
- A missing descriptor may also mean that the site publishes one just now: it counts only if the site was failing
  before, longer ago than publication takes. A timeout (0x06) and everything else never counts.
- If our own tor is ill or refuses by its own rules, or the canary is silent, the state is unknown.

`tests/tor/test_evidence.py` shows each of them on a real network.
"""

from datetime import datetime, timedelta
from typing import Final

from reports.sighting import Evidence, Look, SiteState
from scanner.exchange.failure import OF_THE_CIRCUIT, OUR_OWN, SITE_UP, FailureCause
from scanner.tor.port import TorHealth

ANSWERED: Final = "answered"
PUBLICATION: Final = timedelta(minutes=10)
"""Longer than any onion service takes to publish its descriptors."""
ALIVE: Final = frozenset(cause.value for cause in SITE_UP)
_OURS: Final = frozenset(cause.value for cause in (*OUR_OWN, FailureCause.REFUSED_BY_POLICY))
_NO_WAY: Final = frozenset(cause.value for cause in OF_THE_CIRCUIT)


NO_EVIDENCE: Final = Evidence(SiteState.UNKNOWN, None)
"""Of a visit under way, and of a site that was never asked."""


def look(at: datetime, cause: str, health: TorHealth, canary: str = "") -> Look:
    """Return what a tor in this health saw. A cause that shows a site that is up counts as an answer."""
    return Look(at, "" if cause in ALIVE else cause, health.healthy, health.network_live, canary)


def needs_second_look(first: Look) -> bool:
    """Return True if a second tor could tell more: no way was found, for a reason that is not ours."""
    return attributable(first) and first.cause in _NO_WAY


def attributable(seen: Look) -> bool:
    """Return True if a failure may be blamed on the site."""
    return tor_healthy(seen) and not canary_silent(seen) and seen.cause not in _OURS


def tor_healthy(seen: Look) -> bool:
    """Return True if the tor reported itself healthy."""
    return seen.tor_healthy and seen.network_live


def canary_silent(seen: Look) -> bool:
    """Return True if the canary was asked and did not answer."""
    return seen.canary not in {"", ANSWERED}


def evidence(first: Look | None, second: Look | None, failing_since: datetime | None) -> Evidence:
    """Return the state that these checks prove. `failing_since`: when it was last seen failing; None if it was not."""
    return Evidence(_state(first, second, failing_since), first, second)


def _state(first: Look | None, second: Look | None, failing_since: datetime | None) -> SiteState:
    if first is None:
        return SiteState.UNKNOWN
    if not first.cause:
        return SiteState.UP
    if not attributable(first):
        return SiteState.UNKNOWN
    if second is None or not attributable(second):
        return SiteState.FAILING
    if not second.cause:
        return SiteState.UP
    return SiteState.DOWN if _proves(first, second, failing_since) else SiteState.FAILING


def _proves(first: Look, second: Look, failing_since: datetime | None) -> bool:
    if first.cause not in _NO_WAY:
        return False
    if second.cause == FailureCause.NO_DESCRIPTOR.value:
        return failing_since is not None and second.at - failing_since >= PUBLICATION
    return second.cause == FailureCause.INTRODUCTION_FAILED.value
