"""What a program wrote to files, by its system calls (`strace`), and what lies in folders afterwards.

Both are needed: a temporary file that was deleted is in no folder, and what was mapped into memory is in no trace.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

WRITES = "write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice,vmsplice"
_WRITE = re.compile(rf"^(?:[0-9]+ +)?(?:{WRITES.replace(',', '|')})\((?P<descriptor>[0-9]+)<(?P<path>/[^>]*)>")


def traced(command: Sequence[str], trace: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command, and all processes that it starts, with every write to a descriptor on the record."""
    watch = ["strace", "-f", "-qq", "-y", "-s", "200000", "-e", f"trace={WRITES}", "-o", str(trace)]
    whole = {**os.environ, **environment}
    return subprocess.run([*watch, *command], env=whole, capture_output=True, text=True, check=False, timeout=240)


def file_writes(trace: Path) -> Iterator[tuple[str, str]]:
    """Each write to something that has a path: the path, and the line of the trace."""
    with trace.open(errors="replace") as lines:
        for line in lines:
            found = _WRITE.match(line)
            if found is not None:
                yield found["path"], line


def written_with(trace: Path, mark: str) -> set[str]:
    """The paths of files that `mark` was written to."""
    return {path for path, line in file_writes(trace) if mark in line}


def files_with(folder: Path, mark: bytes) -> list[Path]:
    """The files below a folder whose bytes or names hold `mark`."""
    paths = [path for path in folder.rglob("*") if path.is_file() or path.is_symlink()]
    return [path for path in paths if mark in str(path).encode() or (path.is_file() and mark in path.read_bytes())]
