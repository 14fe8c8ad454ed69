"""A tor of our own that hangs, on the private network: the daemon's ticks go on, and it is replaced."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from config.faults import Refused
from scanner.rehearsal.network.private_network import PrivateNetwork
from scanner.rehearsal.network.waiting import until
from scanner.tor import OwnTor, RunningElsewhere, TorPool, attach_tor, start_tors
from scanner.tor.control import Login
from tests.authority.making import address
from tests.operator.desk import Desk

pytestmark = pytest.mark.network
PATIENCE_SECONDS = 2.0
TICK_SECONDS = 0.5
"""Measured: 6 ms at most. A tick that asks waits for five seconds."""
A_SITE = address(1)


@pytest.fixture
def own(network: PrivateNetwork, tmp_path: Path) -> OwnTor:
    extra = network.torrc_extra_for_client()
    return OwnTor(tmp_path, lambda _address: True, torrc_extra=extra, seconds_to_answer=PATIENCE_SECONDS)


@pytest.fixture
def tors(own: OwnTor, tmp_path: Path) -> Iterator[TorPool]:
    tors = start_tors(own, [tmp_path / "tor-0", tmp_path / "tor-1"], lambda *_: None)
    assert isinstance(tors, TorPool), tors
    yield tors
    tors.stop()


def test_ticks_go_on_while_a_tor_hangs_and_it_is_replaced(tors: TorPool, tmp_path: Path) -> None:
    scanner = Desk(tmp_path / "desk", sites=0).scanner()
    scanner.tor = tors  # type: ignore[assignment] # a desk's own is simulated
    scanner.world = replace(scanner.world, tor=tors)
    daemon, hung = scanner.daemon(), tors.tors[1]
    pid, ticks, noticed = hung.pid, [], False
    assert pid is not None
    daemon.tick()
    os.kill(pid, signal.SIGSTOP)

    def replaced() -> bool:
        nonlocal noticed
        began = monotonic()
        daemon.tick()
        ticks.append(monotonic() - began)
        noticed = noticed or not daemon._well
        assert tors.tors[0].recent_health().healthy, "the other goes on"
        return hung.pid not in {None, pid} and daemon._well

    until(replaced, 60, "the tor that hung, started again")
    daemon._rounds.close(1)
    assert noticed
    assert max(ticks) < TICK_SECONDS, (len(ticks), max(ticks))
    assert hung.health().healthy


def test_a_tor_that_hangs_is_stopped_all_the_same(own: OwnTor, tmp_path: Path) -> None:
    tors = start_tors(replace(own, seconds_to_answer=3_600), [tmp_path / "tor"], lambda *_: None)
    assert isinstance(tors, TorPool), tors
    pid = tors.tors[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    tors.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_one_that_is_not_ours_is_only_called_not_well(tors: TorPool) -> None:
    """And with more patience than its silence lasts, ours would live as well: the control of the first."""
    theirs = tors.tors[0]
    socks, pid = theirs.socks_address(), theirs.pid
    assert socks is not None
    assert pid is not None
    assert theirs._life is not None
    theirs._life.pulse.stop()  # nobody replaces it
    control = int((theirs.data_directory / "control-port").read_text().rpartition(":")[2])
    attached = attach_tor(RunningElsewhere(socks, ("127.0.0.1", control), Login()))
    assert not isinstance(attached, Refused), attached
    with attached:
        assert attached.healthy_now()(A_SITE)
        os.kill(pid, signal.SIGSTOP)
        until(lambda: not attached.healthy_now()(A_SITE), 15, "its silence to be noticed")
        assert theirs.pid == pid
        os.kill(pid, signal.SIGCONT)
        until(lambda: attached.healthy_now()(A_SITE), 15, "its answer")
