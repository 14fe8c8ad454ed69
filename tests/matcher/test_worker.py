"""The pool of workers: answers, deaths, delays, and that nothing outlives its parent."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from matcher.digests import digest
from matcher.fingerprint import UndecidedReason
from matcher.limits import Limits
from matcher.readings import hash_picture
from matcher.worker.hasher import CHECKED_EVERY, WorkerHasher
from matcher.worker.layers import ALL, OPTIONAL
from matcher.worker.samples import SAMPLES
from tests.matcher.pictures import encode, jpeg, png, png_of_size, scene

PICTURE = jpeg(scene(21))
HOSTILE = "tests.matcher.hostile_child"


@pytest.fixture(scope="module")
def hasher() -> Iterator[WorkerHasher]:
    running = WorkerHasher(2)
    yield running
    running.close()


@pytest.fixture
def hostile() -> Iterator[WorkerHasher]:
    running = WorkerHasher(1, Limits(seconds_per_picture=3), HOSTILE)
    yield running
    running.close()


def test_a_worker_finds_what_is_found_in_process(hasher: WorkerHasher) -> None:
    found = hasher.fingerprint(PICTURE)
    expected = hash_picture(PICTURE, Limits())
    assert [(r.name, r.pdq, r.quality, r.phash) for r in found.readings] == [
        (r.steps.name, r.pdq, r.quality, r.phash) for r in expected.readings
    ]
    assert found.digests == digest(PICTURE)
    assert (found.media_type, found.width, found.height, found.size_bytes) == ("image/jpeg", 320, 240, len(PICTURE))
    assert found.undecided is None


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_every_format_is_read_in_the_worker_as_in_process(hasher: WorkerHasher, number: int) -> None:
    """The worker holds the bytes in another type: a format that only works in-process is a silent miss."""
    found = hasher.fingerprint(SAMPLES[number], full=True)
    expected = hash_picture(SAMPLES[number], Limits(), full=True)
    assert (found.undecided, found.media_type) == (expected.undecided, expected.media_type or "")
    assert [reading.pdq for reading in found.readings] == [reading.pdq for reading in expected.readings]


def test_many_at_once(hasher: WorkerHasher) -> None:
    pictures = [png(scene(seed, 80, 60)) for seed in range(24)]
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(hasher.fingerprint, pictures))
    assert [f.digests for f in found] == [digest(picture) for picture in pictures]
    assert [f.readings[0].pdq for f in found] == [hash_picture(p, Limits()).readings[0].pdq for p in pictures]


def test_what_is_no_picture_has_digests_all_the_same(hasher: WorkerHasher) -> None:
    found = hasher.fingerprint(b"<html>")
    assert found.undecided is UndecidedReason.NOT_A_PICTURE
    assert found.digests == digest(b"<html>")
    assert hasher.fingerprint(b"").undecided is UndecidedReason.NOT_A_PICTURE


def test_bombs_leave_the_worker_alive(hasher: WorkerHasher) -> None:
    assert hasher.fingerprint(png_of_size(60_000, 60_000)).undecided is UndecidedReason.TOO_MANY_PIXELS
    assert hasher.fingerprint(PICTURE).undecided is None


@pytest.mark.parametrize(
    "compression", ["tiff_lzw", "tiff_adobe_deflate", "jpeg", "group4", "lzma", "zstd", "packbits"]
)
def test_libraries_that_complain_are_not_killed(hasher: WorkerHasher, compression: str) -> None:
    """libtiff writes what is wrong with a file to descriptor 2, where nobody listens."""
    picture = scene(5, 64, 48)
    whole = encode(picture.convert("1") if compression == "group4" else picture, "TIFF", compression=compression)
    for at in range(8, len(whole), max(len(whole) // 12, 1)):
        broken = whole[:at] + bytes(16) + whole[at + 16 :]
        assert hasher.fingerprint(broken).undecided is not UndecidedReason.WORKER_KILLED


def test_too_many_bytes() -> None:
    small = WorkerHasher(1, Limits(max_picture_bytes=len(PICTURE)))
    try:
        assert small.fingerprint(PICTURE).undecided is None
        found = small.fingerprint(PICTURE + b"\0")
    finally:
        small.close()
    assert found.undecided is UndecidedReason.TOO_MANY_BYTES
    assert found.digests == digest(PICTURE + b"\0")


def test_memory_that_is_not_there() -> None:
    tight = WorkerHasher(1, Limits(worker_memory_bytes=420 * 2**20))
    try:
        assert tight.fingerprint(png_of_size(5000, 4900)).undecided is UndecidedReason.MEMORY_LIMIT
        assert tight.fingerprint(PICTURE).undecided is None
    finally:
        tight.close()


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (b"K", UndecidedReason.WORKER_KILLED),
        (b"X", UndecidedReason.WORKER_KILLED),
        (b"L", UndecidedReason.WORKER_KILLED),
        (b"G", UndecidedReason.WORKER_KILLED),
        (b"H", UndecidedReason.TIME_LIMIT),
    ],
)
def test_a_worker_that_fails_costs_one_picture(hostile: WorkerHasher, order: bytes, reason: UndecidedReason) -> None:
    started = time.monotonic()
    found = hostile.fingerprint(order)
    assert (found.undecided, found.readings) == (reason, ())
    assert time.monotonic() - started < 30
    assert hostile.fingerprint(PICTURE).undecided is None


def test_a_worker_that_lies_is_found_out(hostile: WorkerHasher) -> None:
    hostile.fingerprint(b"T")
    assert hostile.lies == 0
    answers = [hostile.fingerprint(PICTURE).undecided for _ in range(CHECKED_EVERY)]
    assert UndecidedReason.TOO_FLAT in answers, "the control: it did lie"
    assert hostile.lies == 1
    assert hostile.fingerprint(PICTURE).undecided is None


def test_recycling_replaces_workers_that_were_used() -> None:
    running = WorkerHasher(2)
    try:
        running.fingerprint(PICTURE)
        before = pids(running)
        running.recycle()
        after = pids(running)
        assert len(set(before) & set(after)) == 1, "the one that was asked nothing stays"
        running.recycle()
        assert pids(running) == after
        assert running.fingerprint(PICTURE).undecided is None
    finally:
        running.close()


def pids(hasher: WorkerHasher) -> list[int]:
    return [process.pid for slot in hasher._pool._slots if (process := slot.process()) is not None]


def test_every_layer_is_in_force_here(hasher: WorkerHasher) -> None:
    assert hasher.check() == ()
    assert hasher.in_force() | OPTIONAL == ALL


def test_no_worker_is_said() -> None:
    none = WorkerHasher(1, child="matcher.no_such_module")
    try:
        assert none.fingerprint(PICTURE).undecided is UndecidedReason.NO_WORKER
    finally:
        none.close()


def test_after_closing_there_is_no_worker() -> None:
    closed = WorkerHasher(1)
    closed.close()
    assert closed.fingerprint(PICTURE).undecided is UndecidedReason.NO_WORKER


ORPHANS = """
import sys, time
from matcher.limits import Limits
from matcher.worker.hasher import CHECKED_EVERY, WorkerHasher
from matcher.worker.layers import ALL, OPTIONAL
hasher = WorkerHasher(2, Limits(), sys.argv[1])
print(*(slot.process().pid for slot in hasher._pool._slots), flush=True)
hasher.fingerprint(b"H" if "hostile" in sys.argv[1] else b"x")
time.sleep(3600)
"""


@pytest.mark.parametrize("child", ["matcher.worker.child", HOSTILE])
def test_workers_do_not_outlive_their_parent(child: str) -> None:
    """Killed without a chance to clean up, with the workers idle or (the hostile ones) busy for an hour."""
    with subprocess.Popen([sys.executable, "-c", ORPHANS, child], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(_alive(pid) for pid in pids)
        parent.kill()
    deadline = time.monotonic() + 20
    while any(_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        os.sched_yield()


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
