"""The only module that writes files. A file is whole or absent, private from its first byte, and never followed to.

- A write goes to a new name in the same folder (O_EXCL, O_NOFOLLOW), is synced, and takes its name by one rename; the
  folder is synced after it. A reader sees the old file or the new one; a crash leaves at most a `.new` file, which
  `sweep_unfinished` removes.
- Secrets are 0600, their folders 0700; a secret that others can read is refused, not repaired.
- A key is never overwritten.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from config.faults import Refused


@contextmanager
def writing(path: Path, *, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when the block ends well, and leaves no trace when it does not."""
    raise NotImplementedError(path, mode)
    yield


def write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write `content` to `path` at once, replacing what was there. Raises OSError when the disk does not take it."""
    raise NotImplementedError(path, content, mode)


def write_new_secret(path: Path, secret: bytes) -> Refused | None:
    """Write a secret where none is. Refused when there is a file already, whatever it holds."""
    raise NotImplementedError(path, secret)


def read_secret(path: Path, *, limit_bytes: int = 65_536) -> bytes | Refused:
    """A secret's bytes. Refused when it is missing, not a plain file, too large, or open to other users."""
    raise NotImplementedError(path, limit_bytes)


def private_directory(path: Path) -> Refused | None:
    """Make a directory of mode 0700, with its parents. Refused when one is there that others may enter."""
    raise NotImplementedError(path)


def sweep_unfinished(directory: Path) -> int:
    """Remove what unfinished writes left; only under the state lock. Returns how many there were."""
    raise NotImplementedError(directory)


class StateLock:
    """The hold of one process on a state directory, until `release` or the process's end."""

    def release(self) -> None:
        """Let go. Harmless when called twice."""
        raise NotImplementedError


def hold_state(directory: Path, purpose: str) -> StateLock | Refused:
    """Take the one hold on a state directory. Refused, naming process and purpose, while another process has it."""
    raise NotImplementedError(directory, purpose)
