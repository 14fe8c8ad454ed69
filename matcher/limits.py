"""Limits on the cost of one picture. Beyond one the picture ends as undecided with that reason; none is dropped."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExaminationLimits:
    """Limits of one examination. The defaults pass a 12-megapixel camera picture with room to spare.

    `max_pixels` is per frame. A progressive JPEG costs scans times pixels: it may have `max_scans` at `max_pixels`, and
    more if it is smaller. The worker stops between frames after half of `seconds_per_picture` and reports its results;
    the parent kills it after all of it. `worker_memory_bytes` is the worker's whole address space, libraries included.
    """

    max_picture_bytes: int = 64 * 2**20
    max_pixels: int = 25_000_000
    max_frames: int = 200
    max_scans: int = 64
    seconds_per_picture: int = 20
    worker_memory_bytes: int = 1536 * 2**20
