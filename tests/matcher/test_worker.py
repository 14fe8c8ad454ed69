"""The pool of workers: answers, deaths, delays, and that nothing outlives its parent."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import astuple
from pathlib import Path
from threading import Event

import pytest

from matcher.fingerprint import UndecidedReason, digest
from matcher.limits import ExaminationLimits
from matcher.picture.readings import hash_picture
from matcher.worker.fork_server import ForkServer
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from matcher.worker.leased_hasher import HELD_BYTES, PROVEN_EVERY
from matcher.worker.pool import IDLE_FOR_EACH, Lease, Pool, Slot
from matcher.worker.samples import SAMPLES
from matcher.worker.start_failure import CLOSED
from tests.matcher.pictures import encode, jpeg, png, png_of_size, scene

PICTURE = jpeg(scene(21))
HOSTILE = "tests.matcher.hostile_child"


@pytest.fixture(scope="module")
def hasher() -> Iterator[WorkerHasher]:
    running = WorkerHasher(2, accepted=Layer.NAMESPACES)
    yield running
    running.close()


@pytest.fixture
def hostile() -> Iterator[WorkerHasher]:
    running = WorkerHasher(1, ExaminationLimits(seconds_per_picture=3), HOSTILE)
    yield running
    running.close()


def test_a_worker_finds_what_is_found_in_process(hasher: WorkerHasher) -> None:
    found = hasher.fingerprint(PICTURE)
    expected = hash_picture(PICTURE, ExaminationLimits())
    assert [(r.name, r.pdq, r.quality, r.phash) for r in found.readings] == [
        (r.steps.name, r.pdq, r.quality, r.phash) for r in expected.readings
    ]
    assert found.digests == digest(PICTURE)
    assert (found.media_type, found.width, found.height, found.size_bytes) == ("image/jpeg", 320, 240, len(PICTURE))
    assert found.undecided is None


UNCONFINED = """
import json
from matcher.limits import ExaminationLimits
from matcher.picture.readings import hash_picture
from matcher.worker.samples import SAMPLES
read = [hash_picture(sample, ExaminationLimits(), full=True) for sample in SAMPLES]
print(json.dumps([[one.undecided, one.media_type or "", [of.pdq.hex() for of in one.readings]] for one in read]))
"""


@pytest.fixture(scope="module")
def unconfined() -> list[tuple[str | None, str, list[str]]]:
    """What a process with a worker's environment reads of each sample, without its walls.

    The samples are gradients, of which many terms are 0 but for rounding: by the environment the same kernel of BLAS
    is taken, which rounds in the same way.
    """
    ran = subprocess.run([sys.executable, "-I", "-c", UNCONFINED], env={}, capture_output=True, check=True)
    return [tuple(one) for one in json.loads(ran.stdout)]


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_every_format_is_read_in_the_worker_as_without_walls(
    hasher: WorkerHasher, unconfined: list[tuple[str | None, str, list[str]]], number: int
) -> None:
    """The worker holds the bytes in another type: a format that only works elsewhere is a silent miss."""
    found = hasher.fingerprint(SAMPLES[number], full=True)
    read = [reading.pdq.hex() for reading in found.readings]
    assert (found.undecided, found.media_type, read) == unconfined[number]


def test_many_at_once(hasher: WorkerHasher) -> None:
    pictures = [png(scene(seed, 80, 60)) for seed in range(24)]
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(hasher.fingerprint, pictures))
    assert [f.digests for f in found] == [digest(picture) for picture in pictures]
    assert [f.readings[0].pdq for f in found] == [
        hash_picture(p, ExaminationLimits()).readings[0].pdq for p in pictures
    ]


def test_what_is_no_picture_has_digests_all_the_same(hasher: WorkerHasher) -> None:
    found = hasher.fingerprint(b"<html>")
    assert found.undecided is UndecidedReason.NOT_EXAMINED_TEXT
    assert found.digests == digest(b"<html>")
    assert hasher.fingerprint(b"").undecided is UndecidedReason.NOT_EXAMINED_UNKNOWN


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
        assert "killed" not in (hasher.fingerprint(broken).undecided or "")


def test_too_many_bytes() -> None:
    small = WorkerHasher(1, ExaminationLimits(max_picture_bytes=len(PICTURE)), accepted=Layer.NAMESPACES)
    try:
        assert small.fingerprint(PICTURE).undecided is None
        found = small.fingerprint(PICTURE + b"\0")
    finally:
        small.close()
    assert found.undecided is UndecidedReason.TOO_MANY_BYTES
    assert found.digests == digest(PICTURE + b"\0")


def test_memory_that_is_not_there() -> None:
    tight = WorkerHasher(1, ExaminationLimits(worker_memory_bytes=420 * 2**20), accepted=Layer.NAMESPACES)
    try:
        assert tight.fingerprint(png_of_size(5000, 4900)).undecided is UndecidedReason.MEMORY_LIMIT
        assert tight.fingerprint(PICTURE).undecided is None
    finally:
        tight.close()


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (b"K", UndecidedReason.KILLED_CRASH),
        (b"X", UndecidedReason.KILLED_CRASH),
        (b"S", UndecidedReason.KILLED_CRASH),
        (b"C", UndecidedReason.KILLED_CALL),
        (b"L", UndecidedReason.KILLED_REPLY),
        (b"M", UndecidedReason.KILLED_REPLY),
        (b"N", UndecidedReason.KILLED_REPLY),
        (b"G", UndecidedReason.KILLED_REPLY),
        (b"Q", UndecidedReason.KILLED_REPLY),
        (b"P", UndecidedReason.KILLED_TIME),
        (b"H", UndecidedReason.KILLED_TIME),
    ],
)
def test_a_worker_that_fails_costs_one_picture(hostile: WorkerHasher, order: bytes, reason: UndecidedReason) -> None:
    started = time.monotonic()
    found = hostile.fingerprint(order)
    assert (found.undecided, found.readings) == (reason, ())
    assert time.monotonic() - started < 30
    assert hostile.fingerprint(PICTURE).undecided is None


def test_what_a_worker_that_lies_has_judged_is_examined_again(hostile: WorkerHasher) -> None:
    with hostile.leased() as site:
        assert site.fingerprint(PICTURE).undecided is None
        site.fingerprint(b"T")
        assert site.fingerprint(PICTURE).undecided is UndecidedReason.TOO_FLAT, "the control: it did lie"
        assert hostile.lies == 0
        again = site.suspects()
        assert hostile.lies == 1
        assert set(again) == {PICTURE, b"T"}, "both, and the one that was judged rightly too: nobody can tell"
        assert [site.fingerprint(picture).undecided for picture in again if picture == PICTURE] == [None]
        assert site.suspects() == ()


def test_a_picture_that_makes_every_worker_lie_is_undecided(hostile: WorkerHasher) -> None:
    with hostile.leased() as site:
        site.fingerprint(b"T")
        assert site.suspects() == (b"T",)
        found = site.fingerprint(b"T")
        assert (found.undecided, found.readings) == (UndecidedReason.KILLED_LIED, ())
        assert hostile.lies == 3
        assert site.suspects() == ()


def test_what_a_worker_said_before_it_died_is_examined_again(hostile: WorkerHasher) -> None:
    with hostile.leased() as site:
        site.fingerprint(PICTURE)
        site.fingerprint(b"K")
        assert site.suspects() == (PICTURE,)


def test_an_answer_that_nobody_asked_for_passes_for_no_pictures(hostile: WorkerHasher) -> None:
    """Else the second of two answers to one picture would be taken for that to the next."""
    with hostile.leased() as site:
        site.fingerprint(b"W")
        process = next(slot.process() for slot in hostile._pool._idle)
        assert process is not None
        assert select.select([process._out], [], [], 30)[0], "the control: there is a second answer"
        found = site.fingerprint(PICTURE)
        assert (found.media_type, found.undecided) == ("image/jpeg", None)
        assert site.suspects() == (b"W",)


def test_a_worker_that_reads_no_further_is_given_up_in_time(hostile: WorkerHasher) -> None:
    with hostile.leased() as site:
        site.fingerprint(b"R")
        assert site.fingerprint(PICTURE + bytes(900_000)).undecided is None
        assert site.suspects() == (b"R",)


def test_an_honest_worker_is_believed(hostile: WorkerHasher) -> None:
    with hostile.leased() as site:
        for _ in range(3):
            site.fingerprint(PICTURE)
        assert site.suspects() == ()
        site.fingerprint(b"K")
        assert site.suspects() == (), "what was proven stays proven"


def test_proofs_come_by_themselves(hostile: WorkerHasher) -> None:
    """After so many pictures, and after so many bytes, whichever is first: no more is ever held."""
    with hostile.leased() as site:
        site.fingerprint(b"T")
        for number in range(PROVEN_EVERY):
            site.fingerprint(b"%d" % number)
        assert hostile.lies == 1
    with hostile.leased() as site:
        site.fingerprint(b"T")
        for number in range(HELD_BYTES // 2**19):
            site.fingerprint(b"%d" % number + bytes(2**19))
        assert hostile.lies == 2


def test_one_sites_worker_never_serves_another(hasher: WorkerHasher) -> None:
    with hasher.leased() as one, hasher.leased() as other:
        for site in (one, other, one, other):
            assert site.fingerprint(PICTURE).undecided is None
        held = pids_by_lease(hasher)
        assert len(held) >= 2
        assert all(len(leases) == 1 for leases in held.values())
    gone = set(held) - set(pids_by_lease(hasher))
    assert len(gone) >= 2
    assert not any(_alive(pid) for pid in gone)


def test_idle_workers_are_bounded() -> None:
    with closing(WorkerHasher(1, ExaminationLimits(), HOSTILE)) as running, ExitStack() as sites:
        for _ in range(IDLE_FOR_EACH + 3):
            site = sites.enter_context(running.leased())
            site.fingerprint(b"x")
            assert site.suspects() == ()
        assert len(pids_by_lease(running)) == IDLE_FOR_EACH


def test_of_many_leases_each_has_its_share_of_workers_at_work() -> None:
    pool, few = Pool(2, lambda: CLOSED), Lease()
    with pool.lent(few) as one, pool.lent(few) as other:
        assert one is not other
    many = [Lease() for _ in range(3)]
    for lease in many:
        with pool.lent(lease):
            pass
    coming = Event()

    def again() -> Slot:
        coming.set()
        with pool.lent(few) as slot:
            return slot

    with ThreadPoolExecutor(1) as thread:
        with pool.lent(few) as held:
            waiting = thread.submit(again)
            assert coming.wait(10)
            with pool.lent(many[0]):  # the turn that is free is for the others
                assert not waiting.done()
        assert waiting.result() is held


def pids_by_lease(hasher: WorkerHasher) -> dict[int, set[int]]:
    """The worker processes, each with the leases that it belongs to."""
    held: dict[int, set[int]] = {}
    for slot, lease in hasher._pool._idle.items():
        if (process := slot.process()) is not None:
            held.setdefault(process.pid, set()).add(id(lease))
    return held


def test_every_layer_is_in_force_here_but_namespaces_perhaps(hasher: WorkerHasher) -> None:
    assert hasher.check() == ()
    assert hasher.absent() in {(), ("namespaces",)}


def test_a_fork_server_that_died_is_started_again(hostile: WorkerHasher) -> None:
    assert hostile.fingerprint(PICTURE).undecided is None
    life = hostile._server._life
    assert life is not None
    life.child.kill()
    life.child.wait()
    assert hostile.fingerprint(b"x").undecided is not UndecidedReason.NO_WORKER
    assert hostile.fingerprint(PICTURE).undecided is None
    assert hostile._server._life not in {None, life}


def test_a_closed_fork_server_gives_no_worker() -> None:
    server = ForkServer(HOSTILE, astuple(ExaminationLimits()), 100)
    server.close()
    assert server.start() is CLOSED


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
from matcher.limits import ExaminationLimits
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
hasher = WorkerHasher(2, ExaminationLimits(), sys.argv[1], Layer.NAMESPACES)
hasher.fingerprint(b"x")
print(hasher._server.pid, *(slot.process().pid for slot in hasher._pool._idle), flush=True)
hasher.fingerprint(b"H" if "hostile" in sys.argv[1] else b"x")
time.sleep(3600)
"""


@pytest.mark.parametrize("child", ["matcher.worker.main", HOSTILE])
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
