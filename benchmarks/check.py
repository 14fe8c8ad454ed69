"""Throughput of `sightline check` over cores: pictures a second with one worker, two, and so on, in one run.

    python -m benchmarks.check [--json] [--pictures 400] [--rounds 3] [--workers 1,2]

The pictures are generated JPEGs (`benchmarks/pictures.py`), all files different, compared with 1000 made-up entries.
Each round runs the whole command line in a separate process for each number of workers, once over all pictures and once
over one of them; the difference is the cost of the pictures without the start. The minimum of several rounds counts.

*alone* is one worker that gets one picture after the other, without files, judge or report. `n` workers on `n` idle
cores can reach `n` times that rate at best. CPU time a picture, over all processes, hardly depends on the load of the
machine: the excess over *alone* is the cost of reading, judging and reporting.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.pictures import KINDS, picture
from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer

PROGRAM = (sys.executable, "-c", "from scanner.cli.main import main; main()")
SCENES = 40
Cost = tuple[float, float]
"""Elapsed seconds, and seconds of CPU time."""


def make(folder: Path, pictures: int) -> list[Path]:
    """Write the pictures: each file is one of a few scenes with unique bytes appended."""
    contents = [_jpeg(kind, seed) for kind in KINDS for seed in range(SCENES // len(KINDS))]
    paths = [folder / f"{number:05}.jpg" for number in range(pictures)]
    for number, path in enumerate(paths):
        path.write_bytes(contents[number % len(contents)] + b"%d" % number)
    return paths


def _jpeg(kind: str, seed: int) -> bytes:
    out = BytesIO()
    picture(kind, seed).save(out, "JPEG", quality=88)
    return out.getvalue()


def make_list(file: Path) -> None:
    """Write a hash list of made-up entries."""
    hashes = (blake2b(b"%d" % number, digest_size=32).hexdigest() for number in range(1000))
    file.write_text("pdq\n" + "".join(f"{value}\n" for value in hashes))


def check(paths: Sequence[Path], hashes: Path, workers: int) -> None:
    """Run the command once."""
    command = [*PROGRAM, "check", "--hashes", str(hashes), "--workers", str(workers), "--json", "--from-file0", "-"]
    ended = subprocess.run(command, input=b"\0".join(map(bytes, paths)), capture_output=True, check=False)
    if ended.returncode != 0 or len(ended.stdout.splitlines()) != len(paths):
        raise RuntimeError(ended.stderr.decode())


def alone(contents: Sequence[bytes]) -> None:
    """Fingerprint one picture after the other with one worker."""
    hasher = WorkerHasher(1, accepted=Layer.NAMESPACES)
    for content in contents:
        hasher.fingerprint(content)
    hasher.close()


def _cost(work: Callable[[], None]) -> Cost:
    """Return the cost in this process and in its ended children."""
    before, started = _cpu_seconds(), time.perf_counter()
    work()
    return time.perf_counter() - started, _cpu_seconds() - before


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _without_start(work: Callable[[int], None], pictures: int) -> Cost:
    start, whole = _cost(lambda: work(1)), _cost(lambda: work(pictures))
    return whole[0] - start[0], whole[1] - start[1]


def measure(pictures: int, rounds: int, workers: Sequence[int]) -> dict[str, dict[str, float]]:
    """Return pictures a second and CPU milliseconds a picture, by number of workers and alone."""
    with TemporaryDirectory() as folder:
        paths, hashes = make(Path(folder), pictures), Path(folder) / "list.csv"
        make_list(hashes)
        contents = [path.read_bytes() for path in paths]
        works: dict[str, Callable[[int], None]] = {"alone": lambda count: alone(contents[:count])}
        works |= {str(n): lambda count, n=n: check(paths[:count], hashes, n) for n in workers}  # type: ignore[misc]
        taken = [{name: _without_start(work, pictures) for name, work in works.items()} for _ in range(rounds)]
    least = {name: np.min([costs[name] for costs in taken], axis=0) / (pictures - 1) for name in works}
    return {name: {"per_second": 1 / wall, "cpu_ms": 1000 * cpu} for name, (wall, cpu) in least.items()}


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--pictures", type=int, default=400)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--workers", default="1,2")
    given = arguments.parse_args()
    found = measure(given.pictures, given.rounds, [int(one) for one in given.workers.split(",")])
    if given.json:
        print(json.dumps({"cores": os.cpu_count(), "check": found}))
        return
    print(f"workers  pictures/s  of alone  CPU ms a picture  of alone   ({os.cpu_count()} cores)")
    first = found["alone"]
    for name, one in found.items():
        rate, cpu = one["per_second"] / first["per_second"], one["cpu_ms"] / first["cpu_ms"]
        print(f"{name:>7}  {one['per_second']:>10.1f}  {rate:>8.2f}  {one['cpu_ms']:>16.1f}  {cpu:>8.2f}")


if __name__ == "__main__":
    main()
