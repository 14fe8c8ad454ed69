"""The command line in this process, with real workers, and a list that knows one picture."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from matcher.limits import ExaminationLimits
from matcher.picture.readings import hash_picture
from scanner.cli.main import main
from tests.local.tree import KNOWN, make

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def hashes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV file with the known picture's perceptual hashes, and no digest."""
    reading = hash_picture(KNOWN, ExaminationLimits()).readings[0]
    file = tmp_path_factory.mktemp("hashes") / "known.csv"
    file.write_text(f"entry_id,pdq,phash\nK-1,{reading.pdq.hex()},{reading.phash.hex()}\n")
    return file


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    make(root)
    return root


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """`sightline WORDS...`, in a folder without configuration; `code` is how it must end."""

    def run(*words: str | bytes | Path, code: int = 0, given: bytes = b"") -> Result:
        spelt = [word.decode("utf-8", "surrogateescape") if isinstance(word, bytes) else str(word) for word in words]
        result = CliRunner().invoke(main, spelt, input=given)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    with chdir(tmp_path):
        yield run


def lines(text: str) -> list[dict[str, Any]]:
    """The JSON lines of a report."""
    return [json.loads(line) for line in text.splitlines()]


PROGRAM = (sys.executable, "-c", "from scanner.cli.main import main; main()")
