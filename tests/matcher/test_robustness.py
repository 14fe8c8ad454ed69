"""Hostile pictures through the real worker: none costs it. The whole of them is `python -m benchmarks.robustness`."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.hostile_pictures import families
from benchmarks.robustness import HASHED, Runner, files_below, write_down
from matcher.fingerprint import UndecidedReason
from matcher.limits import ExaminationLimits
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer

SHARE = 0.02
LONG = {"large", "many frames"}
"""They take a decoder seconds, and are left to the benchmark."""


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with closing(WorkerHasher(2, ExaminationLimits(), accepted=Layer.NAMESPACES)) as hasher:
        yield Runner(hasher, say=False)


@pytest.mark.parametrize("family", [name for name in families() if name not in LONG])
def test_no_hostile_picture_costs_a_worker(family: str, runner: Runner) -> None:
    files = list(families(SHARE)[family])
    row = runner.run(family, files)
    assert row.killed == []
    assert row.files == len(files) > 0


def test_the_samples_themselves_are_hashed(runner: Runner) -> None:
    """Most are gradients of sixteen pixels: hashed, and too little to accuse by (docs/adr/0022)."""
    outcomes = runner.run("whole", families()["whole"]).outcomes
    assert (outcomes[HASHED], outcomes[UndecidedReason.TOO_FLAT], outcomes.total()) == (8, 22, 30)


def test_a_worker_that_is_lost_is_told() -> None:
    with closing(WorkerHasher(1, ExaminationLimits(seconds_per_picture=2), "tests.matcher.hostile_child")) as hasher:
        row = Runner(hasher, say=False).run("hostile", [("crash", b"K"), ("call", b"C"), ("harmless", b"x")])
    assert row.workers_lost == 2
    assert [one.split(": ")[0] for one in row.killed] == ["crash", "call"]


def test_a_folder_of_anything_is_run(tmp_path: Path, runner: Runner) -> None:
    made = {name: families()[name] for name in ("polyglots", "no picture")}
    count = write_down(tmp_path / "made", made)
    (tmp_path / "a link").symlink_to("/dev/zero")
    row = runner.run("folder", files_below(tmp_path))
    assert row.files == count > 0
    assert row.workers_lost == 0
