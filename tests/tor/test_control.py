"""What tor says of itself, as values."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from config.faults import Fault
from reports.sighting import ClockReading
from scanner.tor.control import Facts, Login, Phase, connect, read_instant, read_phase
from scanner.tor.own_tor import clock_reading, health_of

AFTER = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNTIL = AFTER + timedelta(hours=3)
FACTS = Facts(
    "0.4.9.11", bootstrapped=True, circuits_established=True, network_live=True, valid_after=AFTER, valid_until=UNTIL
)


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ('NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY="Done"', Phase(100, "Done", "")),
        (
            'WARN BOOTSTRAP PROGRESS=10 TAG=conn_done SUMMARY="Connected to a relay" WARNING="No route to host"',
            Phase(10, "Connected to a relay", "No route to host"),
        ),
        ("", Phase(0, "starting", "")),
    ],
)
def test_the_phase_of_the_start(text: str, phase: Phase) -> None:
    assert read_phase(text) == phase


def test_instants_are_utc() -> None:
    assert read_instant("2026-11-23 12:00:00") == AFTER
    assert read_instant("") is None


@pytest.mark.parametrize(
    ("now", "offset"),
    [
        (AFTER, 0.0),
        (UNTIL, 0.0),
        (AFTER - timedelta(hours=2), -7200.0),
        (UNTIL + timedelta(minutes=5), 300.0),
    ],
)
def test_our_clock_is_held_against_the_consensus(now: datetime, offset: float) -> None:
    assert clock_reading(FACTS, lambda: now).offset_seconds == offset


def test_without_a_consensus_the_clock_is_unchecked() -> None:
    facts = Facts(
        "0.4.9.11",
        bootstrapped=False,
        circuits_established=False,
        network_live=False,
        valid_after=None,
        valid_until=None,
    )
    reading = clock_reading(facts, lambda: AFTER)
    assert isinstance(reading, ClockReading)
    assert reading.offset_seconds is None


def test_a_tor_that_does_not_answer_is_not_well() -> None:
    assert not health_of(None, "0.4.9.11", lambda: AFTER).healthy
    assert health_of(FACTS, "", lambda: AFTER).healthy


def test_a_control_port_that_says_nothing_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        fault = connect("127.0.0.1", port, Login())
    assert isinstance(fault, Fault)
    assert "says nothing" in fault.cause
    gone = connect("127.0.0.1", port, Login())
    assert isinstance(gone, Fault)
    assert gone.cause == "does not answer"
