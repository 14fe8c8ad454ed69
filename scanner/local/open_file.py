"""Opening for reading, and leaving as little trace of it as the system allows.

Nothing is opened that could be written to through it. Neither a pipe nor a terminal can hold the program up, and the
time of the last access is left as it is where the kernel permits that (Linux: for the file's owner, and for root).
"""

import os
from typing import Final

_READ_ONLY: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def open_to_read(path: bytes, *, follow: bool, folder: bool = False) -> int:
    """A descriptor. With `follow`, the last part of the path may be a symbolic link. Raises OSError."""
    flags = _READ_ONLY | (0 if follow else os.O_NOFOLLOW) | (os.O_DIRECTORY if folder else 0)
    try:
        return os.open(path, flags | os.O_NOATIME)
    except PermissionError:
        return os.open(path, flags)
