"""Memory policy of the worker's C library: memory that one picture frees serves the next without asking the kernel.

Otherwise large arrays are mapped and unmapped for every picture, and the kernel clears each page again: a full decode
of 12 megapixels took more than twice as long.
"""

import ctypes

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
KEPT_BYTES = 256 * 2**20


def keep_freed_memory() -> None:
    """Keep up to `KEPT_BYTES` of freed memory. Without glibc's `mallopt`, change nothing."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)
