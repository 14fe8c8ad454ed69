"""What is known of a site after a visit: up, failing, down, or unknown because our own tor was not well. Pure.

- A site that answers is up, whatever it says: HTTP errors, login, captcha and queue pages, a closed port, a dead server
  behind it.
- It is down only when two tors, both well, found no way to it, and the second of them (which knew nothing of it) said
  that its introduction points are gone, or that it has no descriptor.
- No descriptor may also mean that it publishes just now: it counts only when the site was failing before, longer ago
  than publication takes. A time-out (0x06) and everything else never counts.
- With our own tor ill or refusing by its own rules, or the canary silent, nothing is known.

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
    """What a tor in this health saw. A cause that shows a site that is up counts as an answer."""
    return Look(at, "" if cause in ALIVE else cause, health.healthy, health.network_live, canary)


def worth_a_second(first: Look) -> bool:
    """Whether a second tor could tell more: no way was found, and not for a reason that lies with us."""
    return well(first) and first.cause in _NO_WAY


def well(seen: Look) -> bool:
    """Whether a failure then may be laid at the site's door."""
    return sound(seen) and not silent(seen) and seen.cause not in _OURS


def sound(seen: Look) -> bool:
    """Whether the tor that looked was well by its own word."""
    return seen.tor_healthy and seen.network_live


def silent(seen: Look) -> bool:
    """Whether the canary was asked and did not answer."""
    return seen.canary not in {"", ANSWERED}


def evidence(first: Look | None, second: Look | None, failing_since: datetime | None) -> Evidence:
    """The state that these looks prove. `failing_since`: when it was last seen failing, None when it was not."""
    return Evidence(_state(first, second, failing_since), first, second)


def _state(first: Look | None, second: Look | None, failing_since: datetime | None) -> SiteState:
    if first is None:
        return SiteState.UNKNOWN
    if not first.cause:
        return SiteState.UP
    if not well(first):
        return SiteState.UNKNOWN
    if second is None or not well(second):
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
