"""Thirty-two ways out of a worker, each of them shut; and each layer left out in turn, which is noticed."""

import platform
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from config.faults import Fault
from matcher.worker.fork_server import ForkServer
from matcher.worker.layers import ACCEPTABLE, ALL, NONE, Layer, absent, layers_of, named
from matcher.worker.pool import Lease, Pool
from matcher.worker.process import ConfinedProcess, WorkerEnding
from tests.matcher.escaping_child import ATTEMPTS

CHILD = "tests.matcher.escaping_child"
pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the attempts are calls of x86-64")

REFUSED = {"three gigabytes": "refused 12", "write to stderr": "refused 9"}
"""Stopped by the limit of memory; and libraries say of broken files what they like, to nobody."""


@pytest.fixture(scope="module")
def confined() -> Iterator[ForkServer]:
    with closing(ForkServer(CHILD, (int(ALL),), 100)) as server:
        yield server


@contextmanager
def child(server: ForkServer) -> Iterator[tuple[ConfinedProcess, Layer]]:
    process = server.start()
    assert isinstance(process, ConfinedProcess), process
    with closing(process):
        first = process.ready(60)
        assert isinstance(first, bytes)
        yield process, Layer(first[0])


@contextmanager
def child_within(layers: Layer) -> Iterator[tuple[ConfinedProcess, Layer]]:
    with closing(ForkServer(CHILD, (int(layers),), 100)) as server, child(server) as started:
        yield started


def tried(process: ConfinedProcess, name: str) -> str:
    """`killed by N`, `refused ...` or `escaped`."""
    reply = process.ask([name.encode()], 20)
    if isinstance(reply, WorkerEnding):
        assert process.ended_with is not None
        return f"killed by {signal.Signals(-process.ended_with).name}"
    return reply.decode()


@pytest.mark.parametrize("name", ATTEMPTS)
def test_there_is_no_way_out(name: str, confined: ForkServer) -> None:
    with child(confined) as (process, layers):
        assert layers | Layer.NAMESPACES == ALL
        outcome = tried(process, name)
    assert outcome == REFUSED.get(name, "killed by SIGSYS")


def test_the_control_escapes() -> None:
    """Without any layer the attempts succeed, or fail for reasons of their own: the suite above can fail."""
    ways = (
        "open for reading",
        "file in memory",
        "tcp socket",
        "fork",
        "executable memory",
        "three gigabytes",
        "an inherited descriptor",
    )
    with child_within(NONE) as (process, layers):
        assert layers is NONE
        assert {name: tried(process, name) for name in ways} == dict.fromkeys(ways, "escaped")


@pytest.mark.parametrize(
    ("name", "without_seccomp"),
    [
        ("open for reading", "refused 13"),
        ("open for writing", "refused 13"),
        ("unnamed file", "refused 13"),
        ("shared memory file", "refused 13"),
        ("make a folder", "refused 13"),
        ("mount", "refused 1"),
        ("raise a limit", "refused ValueError"),
        ("an inherited descriptor", "refused 9"),
        ("kill the parent", "refused 1"),
        ("three gigabytes", "refused 12"),
    ],
)
def test_the_other_layers_hold_by_themselves(name: str, without_seccomp: str) -> None:
    with child_within(ALL & ~Layer.SECCOMP) as (process, layers):
        assert Layer.SECCOMP not in layers
        assert tried(process, name) == without_seccomp


@pytest.mark.parametrize("layer", Layer)
def test_a_layer_that_is_left_out_is_noticed(layer: Layer) -> None:
    with closing(ForkServer(CHILD, (int(ALL & ~layer),), 100)) as server, closing(Pool(1, server.start)) as pool:
        in_force, faults = pool.state()
        with pool.lent(Lease()) as slot:
            lent = slot.process()
    assert layer not in in_force
    assert f"confinement of workers: {named(layer)[0]}" in [fault.where for fault in faults]
    assert lent is None, "a worker that is not confined gets no picture"


@pytest.mark.parametrize(("before", "in_force"), [("", Layer.SECCOMP), ("os.close(2)", NONE)])
def test_the_filter_counts_only_when_it_is_seen_at_work_in_the_process_itself(before: str, in_force: Layer) -> None:
    """By a write to descriptor 2, which it refuses gently. Where that is refused anyhow, nothing is seen."""
    program = f"""
import os
from matcher.worker.confinement import call_little, gain_nothing
{before}
gain_nothing()
os.write(1, b"%d" % call_little())
os._exit(0)
"""
    told = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    )
    assert Layer(int(told.stdout)) == in_force


@pytest.mark.parametrize("layer", ACCEPTABLE)
def test_a_layer_whose_absence_is_accepted_is_no_fault(layer: Layer) -> None:
    with closing(ForkServer(CHILD, (int(ALL & ~layer),), 100)) as server:
        accepted = layer | Layer.NAMESPACES  # not every machine that runs this test offers them
        with closing(Pool(1, server.start, accepted)) as pool, pool.lent(Lease()) as slot:
            assert slot.process() is not None
            assert layer not in slot.in_force


@pytest.mark.parametrize("threaded", [True, False])
def test_a_worker_with_a_second_thread_is_none(threaded: bool) -> None:
    """It claims every layer, but most of them hold only for the thread that asks: the other would be free."""
    child = ForkServer("tests.matcher.threaded_child", (int(threaded),), 100)
    with closing(child) as server, closing(Pool(1, server.start)) as pool:
        faults = pool.check("workers")
    assert ["second thread" in fault.cause for fault in faults] == [True] * threaded


def test_every_layer_has_its_mend() -> None:
    faults = absent(NONE)
    assert len(faults) == len(Layer)
    assert all(isinstance(fault, Fault) and fault.fix for fault in faults)
    assert ["confinement_without" in fault.fix for fault in faults] == [layer in ACCEPTABLE for layer in Layer]
    assert all(layers_of(named(layer)) is layer for layer in Layer)


def test_the_table_in_the_documentation_names_every_attempt() -> None:
    """It is made by `python -m benchmarks.escapes`."""
    text = (Path(__file__).parents[2] / "docs" / "threat-model.md").read_text()
    assert re.findall(r"^\| ([^|]+) \| (?:killed|refused) ", text, re.MULTILINE) == list(ATTEMPTS)
