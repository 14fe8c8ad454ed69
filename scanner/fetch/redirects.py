"""Redirects: which answers are one, and the permit for where one leads. No hop is fetched without a permit."""

from datetime import datetime
from typing import Final

from scanner.authority.permit import Permit, Permits
from scanner.authority.refusal import Refusal, RefusalReason
from scanner.exchange.failure import FailureCause
from scanner.exchange.framing import REDIRECTS
from scanner.exchange.port import Failed, Response
from scanner.urls.reference import resolve

_REFUSED: Final = {
    RefusalReason.NOT_LISTED: FailureCause.REDIRECT_OFF_LIST,
    RefusalReason.OUT_OF_SCOPE: FailureCause.OUT_OF_SCOPE,
    RefusalReason.MALFORMED: FailureCause.REDIRECT_MALFORMED,
}


def redirect_location(result: Response | Failed) -> str:
    """Return where a browser would go instead: the Location of one of five statuses; empty for any other answer."""
    return result.untrusted_location if isinstance(result, Response) and result.status in REDIRECTS else ""


def next_hop(permits: Permits, permit: Permit, untrusted_location: str, now: datetime) -> Permit | FailureCause:
    """Return the permit for where an answer to `permit` redirects, or why there is none."""
    answer = permits.permit(resolve(permit.url, untrusted_location), now, permit.purpose)
    return _REFUSED[answer.reason] if isinstance(answer, Refusal) else answer
