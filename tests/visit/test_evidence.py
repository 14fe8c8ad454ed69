"""A site is down only by the evidence of two tors that were well; everything else is failing, unknown or up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.sighting import ClockReading, Look, SiteState
from scanner.exchange.failure import OUR_OWN, SITE_UP, FailureCause
from scanner.liveness.assess import ANSWERED, PUBLICATION, attributable, evidence, look, needs_second_look
from scanner.tor.port import TorHealth
from tests.authority.making import NOW

WELL = TorHealth("0.4.9.11", True, True, True, True, ClockReading("simulated", 0.0))
LONG_AGO = NOW - PUBLICATION
PROVING = (FailureCause.INTRODUCTION_FAILED, FailureCause.NO_DESCRIPTOR)


def seen(cause: FailureCause | None) -> Look:
    return look(NOW, cause.value if cause else "", WELL)


causes = st.sampled_from([None, *FailureCause])
looks = st.builds(
    replace,
    causes.map(seen),
    tor_healthy=st.booleans(),
    network_live=st.booleans(),
    canary=st.sampled_from(["", ANSWERED, "x"]),
)
before = st.none() | st.timedeltas(timedelta(), timedelta(days=1)).map(lambda ago: NOW - ago)


@given(looks, st.none() | looks, before)
def test_down_needs_two_tors_that_were_well_and_a_second_that_says_that_the_site_is_gone(
    first: Look, second: Look | None, failing_since: object
) -> None:
    found = evidence(first, second, failing_since)  # type: ignore[arg-type]
    if found.state is SiteState.DOWN:
        assert second is not None
        assert attributable(first)
        assert attributable(second)
        assert second.cause in {cause.value for cause in PROVING}


@given(st.sampled_from(sorted(SITE_UP)), st.none() | looks, before)
def test_a_site_that_answers_however_badly_is_up(
    cause: FailureCause, second: Look | None, failing_since: object
) -> None:
    assert evidence(seen(cause), second, failing_since).state is SiteState.UP  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "second", [FailureCause.CIRCUIT_LOST, FailureCause.RENDEZVOUS_FAILED, FailureCause.INTRODUCTION_TIMED_OUT]
)
def test_a_time_out_never_proves_anything(second: FailureCause) -> None:
    assert evidence(seen(FailureCause.CIRCUIT_LOST), seen(second), LONG_AGO).state is SiteState.FAILING


def test_gone_introduction_points_at_a_tor_that_knew_nothing_prove_it() -> None:
    assert (
        evidence(seen(FailureCause.CIRCUIT_LOST), seen(FailureCause.INTRODUCTION_FAILED), None).state is SiteState.DOWN
    )


def test_no_descriptor_may_be_publication_unless_the_site_was_failing_before() -> None:
    first, second = seen(FailureCause.NO_DESCRIPTOR), seen(FailureCause.NO_DESCRIPTOR)
    assert evidence(first, second, None).state is SiteState.FAILING
    assert evidence(first, second, NOW - PUBLICATION / 2).state is SiteState.FAILING
    assert evidence(first, second, LONG_AGO).state is SiteState.DOWN


def test_a_site_that_answers_the_second_tor_is_up() -> None:
    assert evidence(seen(FailureCause.INTRODUCTION_FAILED), seen(None), LONG_AGO).state is SiteState.UP
    assert (
        evidence(seen(FailureCause.INTRODUCTION_FAILED), seen(FailureCause.PORT_CLOSED), LONG_AGO).state is SiteState.UP
    )


@pytest.mark.parametrize(
    "ill",
    [
        replace(seen(FailureCause.INTRODUCTION_FAILED), tor_healthy=False),
        replace(seen(FailureCause.INTRODUCTION_FAILED), network_live=False),
        replace(seen(FailureCause.INTRODUCTION_FAILED), canary=FailureCause.CIRCUIT_LOST.value),
        *(seen(cause) for cause in sorted((*OUR_OWN, FailureCause.REFUSED_BY_POLICY))),
    ],
)
def test_with_our_own_tor_ill_nothing_is_known_and_nothing_is_asked(ill: Look) -> None:
    gone = seen(FailureCause.INTRODUCTION_FAILED)
    assert evidence(ill, gone, LONG_AGO).state is SiteState.UNKNOWN
    assert not needs_second_look(ill)
    assert evidence(gone, ill, LONG_AGO).state is SiteState.FAILING
    assert needs_second_look(gone)


def test_a_site_that_was_never_asked_is_unknown() -> None:
    assert evidence(None, None, LONG_AGO).state is SiteState.UNKNOWN
