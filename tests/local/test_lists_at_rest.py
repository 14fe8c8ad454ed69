"""Lists that were imported, as `check` uses them: from pictures to a list and back, thresholds, the negative bank."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from config.exit_codes import Exit
from reports.crypto.seal import new_identity
from tests.local.conftest import Run, lines
from tests.local.tree import KNOWN
from tests.matcher.pictures import jpeg, scene


@dataclass(frozen=True)
class Desk:
    """A configuration, and what becomes of pictures by the lists that were imported into it."""

    run: Run
    folder: Path

    def importing(self, name: str, listed: Path, *more: str) -> None:
        said = ("--format", "csv", "--list", name, "--issuer", "Nobody", *(more or ("--kind", "child-abuse")))
        self.run("--config", self.folder / "sightline.toml", "hashes", "import", listed, *said)

    def outcome(self, picture: bytes, code: int) -> tuple[str, list[str]]:
        words = ("--config", self.folder / "sightline.toml", "check", "-", "--json")
        (line,) = lines(self.run(*words, code=code, given=picture).stdout)
        return line["outcome"], sorted(one["list"] for one in line["matches"])


@pytest.fixture
def desk(run: Run, tmp_path: Path) -> Desk:
    folder = tmp_path / "scanner"
    run("init", "--directory", folder)
    with (folder / "sightline.toml").open("a") as configuration:
        configuration.write(f'\n[[recipients]]\nname = "Test"\npublic_key = "{new_identity()[1]}"\n')
    return Desk(run, folder)


def test_what_fingerprint_wrote_is_imported_and_each_list_keeps_its_threshold_and_the_bank_stands(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "known").write_bytes(KNOWN)
    listed = tmp_path / "made.csv"
    listed.write_text(desk.run("fingerprint", tmp_path / "known", "--format", "csv").stdout)
    desk.importing("wide", listed, "--kind", "child-abuse", "--threshold", "31")
    desk.importing("narrow", listed, "--kind", "child-abuse", "--threshold", "0")
    edited = jpeg(scene(1), quality=15)
    assert desk.outcome(KNOWN, Exit.DIFFERS) == ("matched", ["narrow", "wide"])
    assert desk.outcome(edited, Exit.DIFFERS)[0] == "matched"
    assert "wide" in desk.outcome(edited, Exit.DIFFERS)[1]
    (tmp_path / "harmless").write_bytes(edited)
    bank = tmp_path / "bank.csv"
    bank.write_text(desk.run("fingerprint", tmp_path / "harmless", "--format", "csv").stdout)
    desk.importing("bank", bank, "--harmless")
    assert desk.outcome(edited, Exit.UNDECIDED) == ("undecided", [])
    assert desk.outcome(KNOWN, Exit.DIFFERS) == ("matched", ["narrow", "wide"])
