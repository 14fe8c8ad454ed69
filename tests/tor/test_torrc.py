"""Our tor's configuration, and the lines that an operator may not add to it."""

from pathlib import Path

import pytest

from scanner.tor.torrc import faults_of_extra, torrc

BRIDGE = """\
UseBridges 1
Bridge obfs4 127.0.0.1:1 cert=x
ClientTransportPlugin obfs4 exec /usr/bin/obfs4proxy
# SocksPort 1

"""


def test_what_a_safeguard_needs_is_set() -> None:
    lines = torrc(Path("/var/lib/x"), gated=True, extra="").decode().splitlines()
    assert "SocksPort 127.0.0.1:auto IsolateSOCKSAuth ExtendedErrors OnionTrafficOnly" in lines
    assert "__LeaveStreamsUnattached 1" in lines
    assert "ClientOnly 1" in lines
    assert "SafeLogging 1" in lines


def test_without_a_gate_streams_are_tors_own_affair() -> None:
    assert "__LeaveStreamsUnattached 0" in torrc(Path("/x"), gated=False, extra="").decode().splitlines()


def test_a_path_is_quoted() -> None:
    lines = torrc(Path('/a b/"c"\\d#e'), gated=True, extra="").decode().splitlines()
    assert 'DataDirectory "/a b/\\"c\\"\\\\d#e"' in lines


def test_added_lines_come_last_each_on_its_own() -> None:
    assert torrc(Path("/x"), gated=True, extra="UseBridges 1").decode().endswith("\nUseBridges 1\n")


def test_bridges_may_be_added() -> None:
    assert faults_of_extra(BRIDGE, "extra") == ()


@pytest.mark.parametrize(
    "line",
    [
        "SocksPort 9050",
        "socksport 9050",
        "+SocksPort 9050",
        "/SocksPort",
        "  SOCKSPORT 9050",
        "ControlPort 9051",
        "DataDirectory /tmp",
        "SafeLogging 0",
        "Log debug file /tmp/log",
        "HiddenServiceDir /tmp/hs",
        "ORPort 9001",
        "__LeaveStreamsUnattached 0",
        "__OwningControllerProcess 1",
        "%include /etc/tor/torrc",
        "MapAddress a.onion b.onion",
    ],
)
def test_a_line_that_would_undo_a_safeguard_is_refused(line: str) -> None:
    (fault,) = faults_of_extra(f"UseBridges 1\n{line}", "extra")
    assert fault.where == "extra, line 2"
