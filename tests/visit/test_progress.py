"""Which visits `scan --once` reports as given back."""

from dataclasses import replace

import pytest

from reports.sighting import Evidence, Look, SiteState
from scanner.exchange.failure import FailureCause
from scanner.visit.progress import GIVEN_BACK, VISITED, says_nothing
from tests.referral.examples import NOON, visit_end

LOST = Look(NOON, FailureCause.CIRCUIT_LOST.value, tor_healthy=False, network_live=True)


@pytest.mark.parametrize(
    ("outcome", "evidence", "unknown"),
    [
        (GIVEN_BACK, Evidence(SiteState.UNKNOWN, None), True),
        (FailureCause.ASKED_TO_WAIT.value, Evidence(SiteState.UP, None), True),
        (FailureCause.CIRCUIT_LOST.value, Evidence(SiteState.UNKNOWN, LOST), True),
        (FailureCause.CIRCUIT_LOST.value, Evidence(SiteState.FAILING, replace(LOST, tor_healthy=True)), False),
        (VISITED, Evidence(SiteState.UP, replace(LOST, cause="", tor_healthy=True)), False),
        (FailureCause.NOT_LISTED.value, Evidence(SiteState.UNKNOWN, None), False),
    ],
)
def test_a_visit_says_nothing_of_its_site(outcome: str, evidence: Evidence, *, unknown: bool) -> None:
    assert says_nothing(replace(visit_end(0), outcome=outcome, evidence=evidence)) is unknown
