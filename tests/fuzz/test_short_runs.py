"""Every fuzzing target: its seeds and what was found before; and a short run of atheris in a process of its own."""

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TARGETS = sorted(path.stem for path in (Path(__file__).parent / "targets").glob("*.py"))
ROOT = Path(__file__).parents[2]
SECONDS, RUNS = "3", "4000"


def loaded(name: str) -> ModuleType:
    return importlib.import_module(f"tests.fuzz.targets.{name}")


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_and_what_was_found_before(name: str) -> None:
    target = loaded(name)
    for untrusted in (*target.seeds(), *target.REGRESSIONS, b"", b"\0" * 100):
        target.check(untrusted)
        target.check(untrusted[: len(untrusted) // 2])


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this Python")
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_finds_nothing(name: str, tmp_path: Path) -> None:
    folders = ["--corpus", str(tmp_path / "corpus"), "--findings", str(tmp_path / "findings")]
    command = [sys.executable, "-m", "tests.fuzz.run", name, "--seconds", SECONDS, "--runs", RUNS, *folders]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr[-4000:].decode(errors="replace")
    assert b"Done " in done.stderr, "the control: it ran"
