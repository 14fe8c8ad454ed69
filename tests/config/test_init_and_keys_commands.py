"""`sightline init` and `sightline keys`: what is there already is never overwritten, and secrets are nobody else's."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.exit_codes import Exit
from config.faults import Refused
from config.layout import Layout
from config.load import load
from config.settings import Settings
from reports.crypto.minisign import MinisignPublicKey, SecretKey
from reports.crypto.minisign_keys import needs_password, read_secret_key
from reports.crypto.seal import recipient_of
from reports.crypto.signing import ScannerKey
from scanner.cli.main import main
from scanner.keys.keyring import hash_lists_identity


def run(*words: str, said: str = "") -> Result:
    return CliRunner().invoke(main, words, input=said, catch_exceptions=False)


def layout_of(folder: Path) -> Layout:
    settings = load(folder / "sightline.toml")
    assert isinstance(settings, Settings)
    return Layout.of(settings)


def test_init_makes_everything_that_a_scan_needs(tmp_path: Path) -> None:
    assert run("init", "--directory", str(tmp_path / "new")).exit_code == Exit.OK
    layout = layout_of(tmp_path / "new")
    assert isinstance(ScannerKey.load(layout.signing_key), ScannerKey)
    assert not isinstance(hash_lists_identity(layout), Refused)
    assert len(layout.token_key.read_bytes()) == 32


def test_everything_that_init_makes_is_private(tmp_path: Path) -> None:
    run("init", "--directory", str(tmp_path / "new"))
    assert [path for path in (tmp_path / "new").rglob("*") if path.stat().st_mode & 0o077] == []


def test_init_again_changes_nothing(tmp_path: Path) -> None:
    run("init", "--directory", str(tmp_path))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    again = json.loads(run("init", "--directory", str(tmp_path), "--json").stdout)
    assert again["written"] == []
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_state_directory_may_lie_elsewhere(tmp_path: Path) -> None:
    """As for a service: the configuration below /etc, the state below /var."""
    place, other = tmp_path / 'a "state"', tmp_path / "other"
    assert run("init", "--directory", str(tmp_path / "etc"), "--state", str(place)).exit_code == Exit.OK
    assert layout_of(tmp_path / "etc").directory == place
    assert (place / "keys" / "signing.key").exists()
    assert [path.name for path in (tmp_path / "etc").iterdir()] == ["sightline.toml"]
    refused = run("init", "--directory", str(tmp_path / "etc"), "--state", str(other))
    assert (refused.exit_code, other.exists()) == (Exit.CONFIGURATION, False)
    assert "names another state directory" in refused.stderr


def test_init_makes_the_one_key_that_is_missing(tmp_path: Path) -> None:
    run("init", "--directory", str(tmp_path))
    token_key = layout_of(tmp_path).token_key
    token_key.unlink()
    assert json.loads(run("init", "--directory", str(tmp_path), "--json").stdout)["written"] == [str(token_key)]


def test_init_refuses_a_state_directory_that_others_may_enter(tmp_path: Path) -> None:
    run("init", "--directory", str(tmp_path))
    layout_of(tmp_path).directory.chmod(0o755)
    refused = run("init", "--directory", str(tmp_path))
    assert refused.exit_code == Exit.CONFIGURATION
    assert "chmod 700" in refused.stderr


def test_init_does_not_repair_a_broken_configuration(tmp_path: Path) -> None:
    (tmp_path / "sightline.toml").write_text("broken")
    assert run("init", "--directory", str(tmp_path)).exit_code == Exit.CONFIGURATION
    assert (tmp_path / "sightline.toml").read_text() == "broken"


def test_an_authoritys_key_pair_fits(tmp_path: Path) -> None:
    out = tmp_path / "authority"
    run("keys", "new", "authority", str(out), "--no-password")
    secret, public = (
        read_secret_key(out.read_bytes(), None),
        MinisignPublicKey.parse((tmp_path / "authority.pub").read_text()),
    )
    assert isinstance(secret, SecretKey)
    assert secret.public == public
    assert oct(out.stat().st_mode & 0o777) == "0o600"


def test_an_authoritys_key_is_encrypted_unless_asked_otherwise(tmp_path: Path) -> None:
    made = run("keys", "new", "authority", str(tmp_path / "authority"), said="correct horse\ncorrect horse\n")
    assert made.exit_code == Exit.OK
    assert needs_password((tmp_path / "authority").read_bytes())
    assert "correct horse" not in made.output


def test_a_recipients_key_pair_fits(tmp_path: Path) -> None:
    out = tmp_path / "recipient"
    made = run("keys", "new", "recipient", str(out))
    identity = out.read_text().splitlines()[-1]
    assert recipient_of(identity) == (tmp_path / "recipient.pub").read_text().strip() == made.stdout.strip()
    assert identity not in made.output
    assert oct(out.stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("words", [["authority", "--no-password"], ["recipient"]])
def test_a_key_is_never_overwritten(tmp_path: Path, words: list[str]) -> None:
    out = tmp_path / "key"
    out.write_text("precious")
    assert run("keys", "new", words[0], str(out), *words[1:]).exit_code == Exit.CONFIGURATION
    assert out.read_text() == "precious"


def test_a_place_that_cannot_be_written_is_a_fault_and_no_traceback(tmp_path: Path) -> None:
    refused = run("keys", "new", "recipient", str(tmp_path / "none" / "key"))
    assert refused.exit_code == Exit.STORE
    assert "a folder on it is not there" in refused.stderr


def test_show_tells_public_keys_only(tmp_path: Path) -> None:
    run("init", "--directory", str(tmp_path))
    layout = layout_of(tmp_path)
    shown = run("--config", str(tmp_path / "sightline.toml"), "keys", "show", "--json")
    key = ScannerKey.load(layout.signing_key)
    assert isinstance(key, ScannerKey)
    assert json.loads(shown.stdout)["scanner"]["key_id"] == key.public.key_id
    assert "PRIVATE" not in shown.output


@pytest.mark.parametrize(
    "words", [("targets", "import"), ("--no-such", "status"), ("keys", "new", "authority", "a", "b")]
)
def test_a_wrong_command_line_is_told_to_programs_in_json(words: tuple[str, ...]) -> None:
    said = run(*words, "--json")
    assert said.exit_code == Exit.USAGE
    (fault,) = json.loads(said.stdout)["faults"]
    assert fault["where"].startswith("main")
    assert "--help" in fault["mend"]
    assert not said.stderr


def test_a_wrong_command_line_is_told_to_people_as_usage() -> None:
    said = run("targets", "import")
    assert (said.exit_code, said.stdout) == (Exit.USAGE, "")
    assert "Usage:" in said.stderr


@pytest.mark.slow  # scrypt at full cost, twice
def test_a_password_comes_from_a_pipe_without_a_warning(tmp_path: Path) -> None:
    key = tmp_path / "authority.key"
    command = (sys.executable, "-c", "from scanner.cli.main import main; main()", "keys", "new", "authority", str(key))
    # Of a session of its own, it has no terminal, whoever runs the test.
    made = subprocess.run(command, input="abc\n", capture_output=True, text=True, check=False, start_new_session=True)
    assert made.returncode == Exit.OK, made.stderr
    assert "arning" not in made.stderr
    assert isinstance(read_secret_key(key.read_bytes(), "abc"), SecretKey)
    assert needs_password(key.read_bytes())


def test_a_question_without_an_answer_says_what_answers_it(tmp_path: Path) -> None:
    said = run("keys", "new", "authority", str(tmp_path / "key"))
    assert said.exit_code == Exit.INTERRUPTED
    assert "--no-password" in said.stderr
    assert list(tmp_path.iterdir()) == []
