"""What a program wrote to files, by its system calls (`strace`), and what lies in folders afterwards.

Both are needed: a temporary file that was deleted is in no folder, and what was mapped into memory is in no trace.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

WRITES = "write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice,vmsplice"
_STRACE = ("strace", "-f", "--seccomp-bpf", "-qq")
_WRITE = re.compile(rf"^(?:[0-9]+ +)?(?:{WRITES.replace(',', '|')})\((?P<descriptor>[0-9]+)<(?P<path>/[^>]*)>")


def untraceable() -> str:
    """Why no program can be traced here; empty when it can."""
    try:
        tried = subprocess.run([*_STRACE, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return "strace is not installed (Debian: strace)"
    complaint = tried.stderr.decode(errors="replace").splitlines()
    return f"programs cannot be traced here: {complaint[0] if complaint else ''}" if tried.returncode else ""


def traced(command: Sequence[str], trace: Path, ground: Path, seconds: float = 240) -> subprocess.CompletedProcess[str]:
    """Run a command, and all processes that it starts, with every write to a descriptor but sockets on the record.

    Its folders (working, temporary, home) lie in `ground`. Where nothing can be traced there is no trace.
    """
    for name in ("tmp", "home"):
        (ground / name).mkdir()
    filtered = f"|grep -a -v '<socket:' > {shlex.quote(str(trace))}"
    watch = [*_STRACE, "-y", "-s", "200000", "-e", f"trace={WRITES}", "-o", filtered]
    whole = {**os.environ, "TMPDIR": str(ground / "tmp"), "HOME": str(ground / "home")}
    watched = command if untraceable() else [*watch, *command]
    return subprocess.run(watched, cwd=ground, env=whole, capture_output=True, text=True, check=False, timeout=seconds)


def file_writes(trace: Path) -> Iterator[tuple[str, str]]:
    """Each write to something that has a path: the path, and the line of the trace."""
    with trace.open(errors="replace") as lines:
        for line in lines:
            found = _WRITE.match(line)
            if found is not None:
                yield found["path"], line


def written_with(trace: Path, *marks: str) -> set[str]:
    """The paths of files to which any of the marks was written."""
    return {path for path, line in file_writes(trace) if any(mark in line for mark in marks)}


def piped_with(trace: Path, mark: str) -> int:
    """How often `mark` was written into a pipe, from one process to another."""
    with trace.open(errors="replace") as lines:
        return sum("<pipe:" in line[:60] and mark in line for line in lines)


def files_with(folder: Path, mark: bytes) -> list[Path]:
    """The files below a folder whose bytes or names hold `mark`."""
    paths = [path for path in folder.rglob("*") if path.is_file() or path.is_symlink()]
    return [path for path in paths if mark in str(path).encode() or (path.is_file() and mark in path.read_bytes())]
