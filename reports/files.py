"""The only module that writes files. A file is whole or absent, private from its first byte, and no link is followed.

- A write goes to a new name in the same folder (O_EXCL, O_NOFOLLOW), is synced, and takes its name by one rename; then
  the folder is synced. A reader sees the old file or the new one; a crash leaves at most an unfinished file, which
  `sweep_unfinished` removes.
- Secrets are 0600, their folders 0700; a secret that others can read is refused, not repaired.
- A key is never overwritten, nor a file that a person named.
"""

import fcntl
import os
import re
import secrets
import shutil  # noqa: TID251 - this is that module
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from config.faults import Fault, Refused, disk_fault

PRIVATE_FILE: Final = 0o600
PUBLIC_FILE: Final = 0o644
PRIVATE_FOLDER: Final = 0o700
OPEN_TO_OTHERS: Final = 0o077
UNFINISHED: Final = re.compile(r"\..+\.[0-9a-f]{16}\.new", re.DOTALL)


@contextmanager
def writing(path: Path, *, mode: int = PRIVATE_FILE) -> Iterator[BinaryIO]:
    """Write a new file that replaces `path` if the block ends well, and leaves no trace if it does not.

    Raise OSError if the disk does not take it.
    """
    with _unfinished(path, mode) as (folder, name, file):
        yield file
        _sync(file)
        os.rename(name, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)


def write(path: Path, content: bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Write `content` to `path` at once, replacing what was there. Raises OSError when the disk does not take it."""
    with writing(path, mode=mode) as file:
        file.write(content)


@contextmanager
def growing(path: Path, *, goes_on: bool = False, mode: int = PRIVATE_FILE) -> Iterator[BinaryIO]:
    """Write a new file whose every write is on disk at once, so that it is useful however the program ends.

    `goes_on` appends to the existing file. Read it, and cut it with `truncate`, only within the block, where no other
    process appends to it. Raise OSError: FileExistsError for a new file that exists, BlockingIOError while another
    process appends to it.
    """
    new = 0 if goes_on else os.O_CREAT | os.O_EXCL
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | new
    with os.fdopen(os.open(path, flags, mode), "wb", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file
        os.fsync(file.fileno())


def write_new(path: Path, content: bytes | Iterable[bytes], *, mode: int = PRIVATE_FILE) -> Refused | None:
    """Write a file where nothing is, whole or piece by piece. Refused when there is one already. Raises OSError."""
    try:
        with _unfinished(path, mode) as (folder, name, file):
            file.writelines((content,) if isinstance(content, bytes) else content)
            _sync(file)
            # A link, unlike a rename, never takes the place of what is there.
            os.link(name, path.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            os.fsync(folder)
    except FileExistsError:
        return _refused(path, "is there already, and is never overwritten", "Name another file, or move it away first.")
    return None


def read_secret(path: Path, *, limit_bytes: int = 65_536) -> bytes | Refused:
    """Read a secret's bytes. Refuse one that is missing, not a plain file, too large, or open to other users."""
    try:
        # Without O_NONBLOCK a named pipe in the secret's place would hold the program for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            refused = _not_private(path, os.fstat(file.fileno()))
            secret = b"" if refused else file.read(limit_bytes + 1)
    except FileNotFoundError:
        return _refused(
            path,
            "does not exist",
            "Check the path. Where it is one of the scanner's own keys, `sightline init` makes it.",
        )
    except OSError as error:
        return Refused((disk_fault(str(path), error),))
    if refused is None and len(secret) > limit_bytes:
        return _refused(path, f"is larger than {limit_bytes} bytes", "It is not a key: name the right file.")
    return refused or secret


def overwrite(path: Path) -> None:
    """Fill a file with random bytes where it lies, and sync it. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "wb") as file:
        file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
        _sync(file)


def private_directory(path: Path) -> Refused | None:
    """Make a directory of mode 0700, with its parents. Refused when one is there that others may enter."""
    try:
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        status = path.stat()
    except FileExistsError:
        return _refused(path, "is a file", "Name a directory.")
    except OSError as error:
        return Refused((disk_fault(str(path), error),))
    if status.st_uid != os.geteuid():
        return _refused(path, "belongs to another user", "Give it to the user who runs Sightline (`chown`).")
    if status.st_mode & OPEN_TO_OTHERS:
        return _refused(path, "is open to other users", f"`chmod 700 {path}`")
    return None


def unwritable(directory: Path) -> Fault | None:
    """Return why this user cannot write into a folder: it is missing, read-only, or somebody else's."""
    if os.access(directory, os.W_OK | os.X_OK) and os.path.isdir(directory):  # noqa: PTH112 - it never raises
        return None
    try:
        if not stat.S_ISDIR(directory.stat().st_mode):
            return Fault(str(directory), "is no folder", "Name a folder.")
        read_only = bool(os.statvfs(directory).f_flag & os.ST_RDONLY)
    except FileNotFoundError:
        return Fault(str(directory), "is not there", f"Make it (`install -d -m 700 {directory}`), or correct the path.")
    except OSError as error:
        return disk_fault(str(directory), error)
    if read_only:
        return Fault(str(directory), "lies on a disk that is mounted read-only", "Mount it so that it can be written.")
    return Fault(
        str(directory), "cannot be written to by this user", "Give it to the user who runs Sightline (`chown`)."
    )


def renew_directory(path: Path, copied: Iterable[Path]) -> Refused | None:
    """Recreate a directory of mode 0700 with copies of the existing ones of these files and nothing else."""
    try:
        if path.exists():
            shutil.rmtree(path)
        refused = private_directory(path)
        for source in () if refused else copied:
            with suppress(FileNotFoundError):
                shutil.copyfile(source, path / source.name)
    except OSError as error:
        return _refused(path, f"cannot be emptied ({error.strerror})", "Remove it, or see who owns it.")
    return refused


def make_private(path: Path) -> Refused | None:
    """Make an empty 0600 file for a database to fill, unless one is there. Refused when others can read it."""
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)) as file:
            return _not_private(path, os.fstat(file.fileno()))
    except OSError as error:
        return Refused((disk_fault(str(path), error),))


def sweep_unfinished(directory: Path) -> int:
    """Remove what unfinished writes left; only under a lock that all its writers take. Returns how many there were."""
    unfinished = [path for path in directory.iterdir() if UNFINISHED.fullmatch(path.name)]
    for path in unfinished:
        path.unlink(missing_ok=True)
    return len(unfinished)


class StateLock:
    """The hold of one process on a state directory, until `release` or the process's end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go. Harmless when called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def hold_state(directory: Path, purpose: str) -> StateLock | Refused:
    """Take the one hold on a state directory. Refused, naming process and purpose, while another process has it.

    Raises OSError where the directory does not let this user write.
    """
    path = directory / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 200).decode(errors="replace").strip() or "a process that has just started"
        os.close(descriptor)
        return _refused(directory, f"is held by {holder}", "Wait until it ends, or end it; then try again.")
    os.truncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()} (sightline {purpose})\n".encode())
    return StateLock(descriptor)


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Wait until no other process or thread is in such a block for this lock file, which is made if there is none."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _unfinished(path: Path, mode: int) -> Iterator[tuple[int, str, BinaryIO]]:
    """Open a new file next to `path`, removed at the end under this name: the folder's descriptor, name, file."""
    try:
        with _beside(path, mode) as unfinished:
            yield unfinished
    except FileExistsError:
        raise
    except OSError as error:
        # The system names the unfinished file, or none: a person asked for this one.
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def _beside(path: Path, mode: int) -> Iterator[tuple[int, str, BinaryIO]]:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    name = f".{path.name}.{secrets.token_hex(8)}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(name, flags, PRIVATE_FILE, dir_fd=folder), "wb") as file:
            os.fchmod(file.fileno(), mode)
            yield folder, name, file
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
        os.close(folder)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _not_private(path: Path, status: os.stat_result) -> Refused | None:
    if not stat.S_ISREG(status.st_mode):
        return _refused(path, "is not a plain file", "Name a plain file.")
    if status.st_uid not in (0, os.geteuid()):
        return _refused(path, "belongs to another user", "Give it to the user who runs Sightline (`chown`).")
    if status.st_mode & OPEN_TO_OTHERS:
        return _refused(path, "can be read by other users", f"`chmod 600 {path}`, and ask who may have read it.")
    return None


def _refused(path: Path, cause: str, fix: str) -> Refused:
    return Refused((Fault(str(path), cause, fix),))
