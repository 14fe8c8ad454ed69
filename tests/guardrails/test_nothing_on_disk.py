"""The controls of the watch over whole rehearsals (`tests/rehearsal/test_rehearse.py`): it sees what it must see.

By strace, which sees every write to a file wherever it lies, also one that never reached the disk. What strace cannot
see (memory mapped into a file, a core dump) is found by the search of a whole disk in `test_raw_disk.py`.
"""

import sys
from pathlib import Path

import pytest

from tests.guardrails.canaries import CANARY, PICTURE
from tests.guardrails.tracing import files_with, piped_with, traced, untraceable, written_with

traceable = pytest.mark.skipif(untraceable() != "", reason=untraceable() or "programs can be traced")


@traceable
def test_the_watch_sees_a_file_that_was_deleted_at_once(tmp_path: Path) -> None:
    """A leak that leaves nothing in any folder."""
    leak = f"import os; f = open('x', 'wb'); f.write(b'.{CANARY}.'); f.close(); os.unlink('x')"
    assert traced([sys.executable, "-c", leak], tmp_path / "strace.txt", tmp_path).returncode == 0
    assert written_with(tmp_path / "strace.txt", CANARY) == {f"{tmp_path}/x"}
    (tmp_path / "strace.txt").unlink()
    assert files_with(tmp_path, CANARY.encode()) == []


@traceable
def test_the_watch_sees_a_child_of_a_child_and_its_pipe(tmp_path: Path) -> None:
    leak = f"echo .{CANARY}. | (cat > left; exit 3)"
    assert traced(["sh", "-c", leak], tmp_path / "strace.txt", tmp_path).returncode == 3
    assert written_with(tmp_path / "strace.txt", CANARY) == {f"{tmp_path}/left"}
    assert piped_with(tmp_path / "strace.txt", CANARY) == 1


def test_the_search_sees_a_file_that_was_left(tmp_path: Path) -> None:
    (tmp_path / "left").write_bytes(PICTURE)
    (tmp_path / CANARY).touch()
    assert set(files_with(tmp_path, CANARY.encode())) == {tmp_path / "left", tmp_path / CANARY}
