"""What confinement costs: `python -m benchmarks.confinement`, CPU time of a picture beside the same work in-process.

Both hash the same generated pictures of one megapixel, in turn, in one run: in a process with nothing around it, and
through the whole port (pipe, worker, all layers, proofs by known pictures), where the CPU of both processes counts.
Both are new forks of a process that the same samples have warmed up: one that has met these pictures before has tables
for their sides (`matcher/picture/downscale.py`), and does less. And how long a worker takes to start: the fork server
once, ahead; then each worker, until it has tried its layers.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import astuple
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Final

from PIL import Image

from benchmarks.pictures import KINDS, picture
from matcher.fingerprint import digest
from matcher.limits import ExaminationLimits
from matcher.picture.readings import hash_picture
from matcher.worker.allocator import keep_freed_memory
from matcher.worker.fork_server import START_SECONDS, ForkServer
from matcher.worker.hasher import CHILD, WorkerHasher
from matcher.worker.layers import Layer
from matcher.worker.picture import warm_up
from matcher.worker.process import ConfinedProcess
from matcher.worker.protocol import MAX_REPLY_BYTES
from matcher.worker.start_failure import Unstarted

AIM: Final = 1.02
START_AIM_SECONDS: Final = 1.0
STARTS: Final = 20
WARM: Final = 8
SIZE: Final = (1152, 868)
"""One megapixel."""
FORMATS: Final = {"JPEG": {"quality": 90}, "PNG": {"compress_level": 6}, "WEBP": {"quality": 85}}
_ONE_THREAD: Final = "OPENBLAS_NUM_THREADS"


def pictures(file_format: str, count: int) -> list[bytes]:
    """Return `count` different pictures of one megapixel."""
    return [_encoded(file_format, KINDS[number % len(KINDS)], number) for number in range(count)]


def _encoded(file_format: str, kind: str, seed: int) -> bytes:
    out = BytesIO()
    picture(kind, seed).resize(SIZE, Image.Resampling.BICUBIC).save(out, file_format, **FORMATS[file_format])
    return out.getvalue()


def in_process(untrusted_pictures: Sequence[bytes]) -> float:
    """Seconds of CPU for a picture, hashed by a fork of this process. Raises ValueError when it dies."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        hashed_here(untrusted_pictures[:WARM])
        os.write(into, repr(hashed_here(untrusted_pictures)).encode("ascii"))
        os._exit(0)
    os.close(into)
    with os.fdopen(out, encoding="ascii") as said:
        seconds = float(said.read())
    os.waitpid(child, 0)
    return seconds


def hashed_here(untrusted_pictures: Sequence[bytes]) -> float:
    """Seconds of CPU for a picture, hashed in this very process."""
    before = time.process_time()
    for untrusted in untrusted_pictures:
        digest(untrusted)
        hash_picture(untrusted, ExaminationLimits(), full=False)
    return (time.process_time() - before) / len(untrusted_pictures)


def confined(hasher: WorkerHasher, untrusted_pictures: Sequence[bytes]) -> float:
    """Seconds of CPU for a picture, here and in the worker together, its proofs included. One lease, as at a site."""
    with hasher.leased() as site:
        for untrusted in untrusted_pictures[:WARM]:  # a fork's first pictures fault their memory in: told as a start
            site.fingerprint(untrusted)
        pids = hasher.pids()
        before = time.process_time() + sum(map(cpu_of, pids))
        for untrusted in untrusted_pictures:
            site.fingerprint(untrusted)
        site.suspects()
        return (time.process_time() + sum(map(cpu_of, pids)) - before) / len(untrusted_pictures)


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of another process's only thread."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def starts() -> dict[str, float]:
    """Seconds until the fork server has given its first worker, and then until each further one is ready."""
    begun = time.perf_counter()
    with closing(ForkServer(CHILD, astuple(ExaminationLimits()), MAX_REPLY_BYTES)) as server:
        ready(server.start)
        first = time.perf_counter() - begun
        later = []
        for _ in range(STARTS):
            begun = time.perf_counter()
            ready(server.start)
            later.append(time.perf_counter() - begun)
    return {"first": round(first, 3), "later_median": round(median(later), 4), "later_longest": round(max(later), 4)}


def ready(start: Callable[[], ConfinedProcess | Unstarted]) -> None:
    """Start one, wait until it has tried its layers, and end it. Raises RuntimeError when there is none."""
    worker = start()
    if isinstance(worker, Unstarted) or not isinstance(worker.ready(START_SECONDS), bytes):
        msg = "no worker could be started"
        raise RuntimeError(msg)  # noqa: TRY004 - a fault of the machine
    worker.close()


def measure(count: int, rounds: int) -> dict[str, object]:
    """Return the figures for `--json`: of several rounds in turn, the least of each side counts."""
    keep_freed_memory()
    warm_up(ExaminationLimits())
    figures: dict[str, object] = {"start_seconds": starts()}
    with closing(WorkerHasher(1, accepted=Layer.NAMESPACES)) as hasher:
        for file_format in FORMATS:
            made = pictures(file_format, count)
            pairs = [(in_process(made), confined(hasher, made)) for _ in range(rounds)]
            alone, whole = (min(side) for side in zip(*pairs, strict=True))
            figures[file_format] = {
                "in_process_ms": round(1000 * alone, 2),
                "confined_ms": round(1000 * whole, 2),
                "ratio": round(whole / alone, 3),
            }
        figures["absent_layers"] = hasher.absent()
    return figures


def main() -> int:
    """Measure, and print a line for each figure; or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.add_argument("--pictures", type=int, default=120, help="of each format")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    if os.environ.get(_ONE_THREAD) != "1":  # as in a worker; it counts before numpy is loaded
        environment = {**os.environ, _ONE_THREAD: "1"}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.confinement", *sys.argv[1:]], environment)  # noqa: S606
    figures = measure(chosen.pictures, chosen.rounds)
    print(json.dumps(figures, indent=2) if chosen.json else "\n".join(f"{k:16} {v}" for k, v in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
