"""Thirty-one ways out of a worker, each of them shut; and each layer left out in turn, which is noticed."""

import platform
import signal

import pytest

from config.faults import Fault
from matcher.worker.layers import ALL, OPTIONAL, Layer, absent
from matcher.worker.pool import Pool
from matcher.worker.process import ConfinedProcess, Ending
from tests.matcher.escaping_child import ATTEMPTS

CHILD = "tests.matcher.escaping_child"
pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the attempts are calls of x86-64")


NONE = Layer(0)
REFUSED = {"three gigabytes": "refused MemoryError", "write to stderr": "refused 9"}
"""Stopped by the limit of memory; and libraries say of broken files what they like, to nobody."""


def child(without: Layer = NONE, *, alone: bool = False) -> tuple[ConfinedProcess, Layer]:
    process = ConfinedProcess(CHILD, (int(without), int(alone)), 100)
    first = process.ready(60)
    assert isinstance(first, bytes)
    return process, Layer(first[0])


def tried(process: ConfinedProcess, name: str) -> str:
    """`killed by N`, `refused ...` or `escaped`."""
    reply = process.ask([name.encode()], 20)
    code = process._child.returncode
    if reply is Ending.ENDED and code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    assert isinstance(reply, bytes), reply
    return reply.decode()


@pytest.mark.parametrize("name", ATTEMPTS)
def test_there_is_no_way_out(name: str) -> None:
    process, layers = child()
    try:
        assert layers | OPTIONAL == ALL
        outcome = tried(process, name)
    finally:
        process.close()
    assert outcome == REFUSED.get(name, "killed by SIGSYS")


def test_the_control_escapes() -> None:
    """Without any layer the attempts succeed, or fail for reasons of their own: the suite above can fail."""
    process, layers = child(alone=True)
    try:
        assert Layer.SECCOMP not in layers
        ways = ("open for reading", "file in memory", "tcp socket", "fork", "executable memory", "three gigabytes")
        assert {name: tried(process, name) for name in ways} == dict.fromkeys(ways, "escaped")
    finally:
        process.close()


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
        ("three gigabytes", "refused MemoryError"),
    ],
)
def test_the_other_layers_hold_by_themselves(name: str, without_seccomp: str) -> None:
    process, layers = child(Layer.SECCOMP)
    try:
        assert Layer.SECCOMP not in layers
        assert tried(process, name) == without_seccomp
    finally:
        process.close()


@pytest.mark.parametrize("layer", Layer)
def test_a_layer_that_is_left_out_is_noticed(layer: Layer) -> None:
    pool = Pool(1, lambda: ConfinedProcess(CHILD, (int(layer), 0), 100), accepted=NONE)
    try:
        faults = pool.check()
        with pool.lent() as slot:
            lent = slot.process()
    finally:
        pool.close()
    assert f"confinement of workers: {layer.name}" in [fault.where for fault in faults]
    assert lent is None, "a worker that is not confined gets no picture"


def test_a_layer_whose_absence_is_accepted_is_no_fault() -> None:
    process, layers = child(Layer.NAMESPACES)
    process.close()
    assert absent(layers) == ()
    assert [fault.where for fault in absent(layers, Layer(0))] == ["confinement of workers: NAMESPACES"]


def test_every_layer_has_its_mend() -> None:
    faults = absent(Layer(0), Layer(0))
    assert len(faults) == len(Layer)
    assert all(isinstance(fault, Fault) and fault.mend for fault in faults)
