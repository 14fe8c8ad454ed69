"""No module but those few opens a door that writes; each ban has a control that trips it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.guardrails.doors import METHODS, doors

ROOT = Path(__file__).parents[2]
PACKAGES = ("config", "matcher", "reports", "scanner")
BANNED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]["flake8-tidy-imports"][
    "banned-api"
]
OPEN = {
    "reports/files.py": {"O_RDWR", "O_CREAT", "O_WRONLY", "O_APPEND", "O_TRUNC", "O_TMPFILE", "open"},
    "reports/store/engine.py": {"sqlite3.connect"},
    "scanner/cli/output.py": {"O_RDWR", "O_WRONLY", "open"},  # of /dev/null, in place of a closed standard stream
    "matcher/containers/samples.py": {"open"},  # tar samples, into memory
    "matcher/containers/archives.py": {"open"},  # archives that lie in memory, and their entries, to be read
    "scanner/rehearsal/pictures.py": {"save"},  # into memory: it encodes what it painted
}
"""The doors that stand open. Everything else of the four packages writes nothing itself."""
SNIPPETS = {
    **{f"x.{method}(y)": method for method in METHODS if method != "dump"},
    "json.dump(x, y)": "dump",
    "open(x, 'w')": "open",
    "open(x, mode='ab')": "open",
    "path.open('r+')": "open",
    "open(x, mode)": "open",
    "os.open(x, os.O_WRONLY)": "O_WRONLY",
    "os.open(x, flags | os.O_CREAT)": "O_CREAT",
    "os.open('/tmp', os.O_TMPFILE)": "O_TMPFILE",
    "mmap.mmap(file.fileno(), 0)": "mmap",
    "sqlite3.connect(x)": "sqlite3.connect",
}
HARMLESS = (
    "open(x)",
    "open(x, 'rb')",
    "path.open('rb')",
    "os.open(x, os.O_RDONLY)",
    "mmap.mmap(-1, 9)",
    "Ledger.open(p)",
)


@pytest.mark.parametrize("package", PACKAGES)
def test_only_these_doors_stand_open(package: str) -> None:
    paths = sorted((ROOT / package).rglob("*.py"))
    assert paths
    found = {path.relative_to(ROOT).as_posix(): dict(doors(path.read_text())) for path in paths}
    unexpected = {
        f"{name}:{line} {door}"
        for name, lines in found.items()
        for line, door in lines.items()
        if door not in OPEN.get(name, set())
    }
    assert unexpected == set()


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_door_is_seen(snippet: str) -> None:
    assert [door for _, door in doors(snippet)] == [SNIPPETS[snippet]]


@pytest.mark.parametrize("snippet", HARMLESS)
def test_reading_is_no_door(snippet: str) -> None:
    assert list(doors(snippet)) == []


def test_every_banned_name_trips_the_lint() -> None:
    """Each in a module of the matcher that has no exception; ruff itself says so."""
    lines = [f"from {module} import {name}" if module else f"import {name}" for module, _, name in map(parts, BANNED)]
    ruff = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", "matcher/new.py", "-"]
    checked = subprocess.run(
        [*ruff, "--output-format", "concise"],
        cwd=ROOT,
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    tripped = {int(line.split(":")[1]) for line in checked.stdout.splitlines() if "TID251" in line}
    assert tripped == set(range(1, len(lines) + 1))


@pytest.mark.parametrize("name", ["tempfile", "shutil", "lxml", "bs4.diagnose", "webbrowser", "logging.FileHandler"])
def test_what_writes_is_banned_by_name(name: str) -> None:
    assert name in BANNED


def parts(name: str) -> tuple[str, str, str]:
    return name.rpartition(".")
