"""Bytes to fingerprints: this project, a peer and the limit, on one core, in one run.

    python -m benchmarks.fingerprint [--json] [--seconds 0.5] [--rounds 5]

CPU time of one thread per picture. Each contender has a separate process on the same core. They take turns, and the
least of several rounds counts, so that a busy machine disturbs all alike. The pictures are generated.

- *peer*: what PyPI's `threatexchange` does (`pdq_from_bytes`), MD5, SHA-1 and SHA-256, and `imagehash.phash` of 256
  bits. One reading only, and silently wrong for CMYK, palettes, EXIF and 16 bits.
- *ours*: the same outputs (digests, PDQ with its quality, pHash of the plain reading), large JPEGs at a reduced scale.
- *full*: the same with every picture decoded in full, as a candidate is.
- *all*: digests and every reading, as in the worker: eight orientations, the negative, three sizes, borders, and the
  test whether a scaled picture is steady.
- *limit*: the digests, the decode that *ours* needs, and nothing but the PDQ core.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from matcher.fingerprint import digest
from matcher.limits import ExaminationLimits
from matcher.picture import pdq, phash
from matcher.picture.decode import Raster, rasters
from matcher.picture.downscale import Operator, lanczos, over_boxes, pdq_filter
from matcher.picture.media_types import MediaType, sniff
from matcher.picture.pdq import Floats
from matcher.picture.readings import hash_picture
from matcher.worker.allocator import keep_freed_memory

LIMITS = ExaminationLimits()
TARGETS = {"JPEG 640 x 480": 6.0, "JPEG 1600 x 1200": 12.0, "JPEG 4000 x 3000": 20.0}
OTHER_TARGET = 2.0
LIMIT_TARGET = 1.3


def scene(width: int, height: int) -> Image.Image:
    """Return a picture with the spectrum of a photograph: noise in octaves, and a little grain."""
    random = np.random.default_rng(20261123)
    total = random.normal(0, 3, (height, width, 3))
    for octave in range(1, 8):
        cells = random.uniform(-1, 1, (2**octave, 2**octave, 3)) * (160 / octave**1.5)
        total += np.stack([_stretched(cells[..., channel], width, height) for channel in range(3)], axis=2)
    return Image.fromarray(np.clip(128 + total, 0, 255).astype(np.uint8))


def _stretched(cells: npt.NDArray[np.float64], width: int, height: int) -> npt.NDArray[np.float32]:
    return np.asarray(Image.fromarray(cells.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC))


def _encoded(picture: Image.Image, file_format: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, file_format, **options)
    return out.getvalue()


def inputs() -> dict[str, bytes]:
    """Return the files to measure, by name."""
    small, middle, large = scene(640, 480), scene(1600, 1200), scene(4000, 3000)
    return {
        "JPEG 640 x 480": _encoded(small, "JPEG", quality=85),
        "JPEG 1600 x 1200": _encoded(middle, "JPEG", quality=85),
        "JPEG 1600 x 1200 progressive": _encoded(middle, "JPEG", quality=85, progressive=True),
        "JPEG 4000 x 3000": _encoded(large, "JPEG", quality=85),
        "JPEG 4000 x 3000 quality 95": _encoded(large, "JPEG", quality=95),
        "PNG 640 x 480": _encoded(small, "PNG"),
        "WebP 640 x 480": _encoded(small, "WEBP", quality=85),
        "GIF 640 x 480": _encoded(small.quantize(256), "GIF"),
        "AVIF 640 x 480": _encoded(small, "AVIF", quality=75, speed=8),
    }


def peer(data: bytes) -> None:
    """Take the peer's path."""
    import imagehash  # noqa: PLC0415 - a peer: only its own process needs it
    from threatexchange.signal_type.pdq.pdq_hasher import pdq_from_bytes  # noqa: PLC0415 - as above

    digest(data)
    pdq_from_bytes(data)
    imagehash.phash(Image.open(BytesIO(data)), hash_size=phash.HASH_SIDE)


def _first(data: bytes, *, full: bool) -> Raster:
    media_type = sniff(data)
    raster = next(rasters(data, MediaType(media_type), LIMITS, full=full))
    if not isinstance(raster, Raster):
        raise TypeError(raster)
    return raster


def _same_outputs(data: bytes, *, full: bool) -> None:
    digest(data)
    raster = _first(data, full=full)
    plain = _plain(raster)
    pdq.hashes(pdq.above_median(pdq.dct_terms(plain)))
    pdq.qualities(plain)
    phash.phash(lanczos(raster.luma, raster.shape, raster.shown, exact=raster.exact))


def _plain(raster: Raster) -> Floats:
    """Return PDQ's reduction of the plain reading alone; the worker makes all eight orientations at once."""
    rows = _filter(raster.shape.height, raster.shape.scale) @ raster.luma
    return np.ascontiguousarray((_filter(raster.shape.width, raster.shape.scale) @ rows.T).T)[None]


def ours(data: bytes) -> None:
    """Take our path to the peer's outputs."""
    _same_outputs(data, full=False)


def full(data: bytes) -> None:
    """Take our path to the same outputs, decoding in full."""
    _same_outputs(data, full=True)


def every_reading(data: bytes) -> None:
    """Do all that the worker does with a picture."""
    digest(data)
    hash_picture(data, LIMITS, full=False)


def limit(data: bytes) -> None:
    """Do only what no path can omit."""
    digest(data)
    pdq.hashes(pdq.above_median(pdq.dct_terms(_plain(_first(data, full=False)))))


@lru_cache
def _filter(side: int, scale: int) -> Operator:
    return over_boxes(pdq_filter(side), scale)


CONTENDERS: dict[str, Callable[[bytes], None]] = {
    "peer": peer,
    "ours": ours,
    "full": full,
    "all": every_reading,
    "limit": limit,
}


def measure(name: str) -> None:
    """Run a contender's process: for each line `input seconds` on stdin, print the CPU milliseconds per picture."""
    if name != "peer":
        keep_freed_memory()  # as the worker does; the peer has no such setting
    contender, files = CONTENDERS[name], inputs()
    for line in sys.stdin:
        wanted, seconds = line.rsplit(" ", 1)
        data = files[wanted]
        contender(data)
        started, count = time.process_time(), 0
        while count == 0 or time.process_time() - started < float(seconds):
            contender(data)
            count += 1
        print((time.process_time() - started) / count * 1000, flush=True)


def run(seconds: float, rounds: int) -> dict[str, dict[str, float]]:
    """Return the least CPU milliseconds of each contender for each input."""
    core = min(os.sched_getaffinity(0))
    command = (sys.executable, "-m", "benchmarks.fingerprint", "--contender")
    processes = {
        name: subprocess.Popen(
            [*command, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - this process has one thread
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        for name in CONTENDERS
    }
    found: dict[str, dict[str, float]] = {name: dict.fromkeys(CONTENDERS, float("inf")) for name in inputs()}
    try:
        for _ in range(rounds):
            for wanted, results in found.items():
                for name, process in processes.items():
                    results[name] = min(results[name], _request(process, f"{wanted} {seconds}"))
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
    return found


def _request(process: subprocess.Popen[str], line: str) -> float:
    if process.stdin is None or process.stdout is None:
        raise TypeError(process)
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def table(found: dict[str, dict[str, float]]) -> str:
    """Return the figures as a table: milliseconds, and the ratios with their aims."""
    lines = [
        f"{'ms of CPU per picture':30}" + "".join(f"{name:>8}" for name in CONTENDERS) + "   peer/ours  ours/limit"
    ]
    for name, results in found.items():
        figures = "".join(f"{results[contender]:8.2f}" for contender in CONTENDERS)
        speed, distance = results["peer"] / results["ours"], results["ours"] / results["limit"]
        target = TARGETS.get(name, OTHER_TARGET)
        lines.append(f"{name:30}{figures}   {speed:5.1f} ({target:4.1f})  {distance:5.2f} ({LIMIT_TARGET})")
    lines.append("Ratios in brackets are the aims. `all` is the cost of every reading.")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Bytes to fingerprints: this project, a peer and the limit.")
    parser.add_argument("--json", action="store_true", help="figures for programs")
    parser.add_argument("--seconds", type=float, default=0.5, help="CPU seconds for each figure of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contender:
        measure(arguments.contender)
        return
    found = run(arguments.seconds, arguments.rounds)
    print(json.dumps(found, indent=2) if arguments.json else table(found))


if __name__ == "__main__":
    main()
