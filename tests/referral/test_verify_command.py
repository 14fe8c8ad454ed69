"""`sightline verify`: light, and in plain words. What each check notices is tested in tests/referral/test_bundle.py."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.exit_codes import Exit
from reports.bundle.checks import MEANING, Check
from scanner.cli.main import main
from tests.referral.examples import MATCHED, NO_MATCH, page, sighting
from tests.referral.ledgers import Desk

HEAVY = ("numpy", "scipy", "lxml", "bs4", "requests", "stem", "sqlalchemy", "PIL", "apscheduler", "typst", "jsonschema")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.visit(page(sighting("known.jpg", MATCHED), sighting("new.jpg", NO_MATCH)))
    yield made
    made.ledger.close()


def verified(desk: Desk, file: bytes, *words: str) -> Result:
    identity, path = desk.directory / "recipient.key", desk.directory / "file.sightline"
    identity.touch(0o600)
    identity.write_text(desk.identity)
    path.write_bytes(file)
    return CliRunner().invoke(main, ["verify", str(path), "--identity", str(identity), *words], catch_exceptions=False)


def test_what_it_needs_is_little() -> None:
    """Without any of the heavy ones; a whole `sightline verify` loads some 400 modules, a third of what a scan does."""
    program = "import sys; import scanner.cli.main, scanner.cli.commands.verify; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not set(HEAVY) & set(loaded)
    assert "scanner.cli.commands.verify" in loaded


def test_plain_words_say_what_follows_when_the_origin_is_not_proven(desk: Desk) -> None:
    (made,) = desk.dispatched()
    said = verified(desk, made.path.read_bytes())
    assert said.exit_code == Exit.DIFFERS
    assert MEANING[Check.SCANNER] in " ".join(said.stdout.split())


def test_plain_words_say_what_follows_when_the_file_was_changed(desk: Desk) -> None:
    (made,) = desk.dispatched()
    file = made.path.read_bytes()
    said = verified(desk, file[:-1] + bytes([file[-1] ^ 1]))
    assert said.exit_code == Exit.DIFFERS
    assert MEANING[Check.SEAL] in " ".join(said.stdout.split())
    assert MEANING[Check.COUNTS] not in " ".join(said.stdout.split())


def test_every_check_has_its_meaning() -> None:
    assert set(MEANING) == set(Check)
