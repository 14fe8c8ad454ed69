"""`sightline keys change`, killed wherever it can be, leaves a scanner that can go on."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.clock import utc_now
from config.exit_codes import Exit
from config.faults import Refused
from config.layout import Layout
from config.settings import Recipient, Settings, StateSettings
from reports import files
from reports.crypto.seal import new_identity
from reports.crypto.signing import ScannerKey
from reports.ledger.ledger import Ledger
from scanner.cli.main import main
from scanner.keys.keyring import ledger_keys
from scanner.keys.rotation import change_signing_key

_, RECIPIENT = new_identity()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    CliRunner().invoke(main, ["init", "--directory", str(tmp_path)])
    return Settings(
        state=StateSettings(directory=tmp_path / "state"), recipients=(Recipient(name="Unit", public_key=RECIPIENT),)
    )


def key_of(settings: Settings) -> ScannerKey:
    key = ScannerKey.load(Layout.of(settings).signing_key)
    assert isinstance(key, ScannerKey)
    return key


def opened(settings: Settings) -> Ledger | Refused:
    layout = Layout.of(settings)
    keys = ledger_keys(settings, layout)
    assert not isinstance(keys, Refused)
    return Ledger.open(layout.store, keys, utc_now)


def test_the_scanner_goes_on_with_the_new_key(settings: Settings) -> None:
    old = key_of(settings).public
    changed = change_signing_key(settings, utc_now)
    assert changed == key_of(settings).public != old
    ledger = opened(settings)
    assert isinstance(ledger, Ledger)
    assert len(ledger.succession()) == 1
    ledger.close()
    assert not Layout.of(settings).next_signing_key.exists()


def test_cut_off_before_the_log_was_handed_over(settings: Settings) -> None:
    new = ScannerKey.new()
    files.write_new(Layout.of(settings).next_signing_key, new.to_pem())
    ledger = opened(settings)
    assert isinstance(ledger, Ledger)  # the old key is still the scanner's
    ledger.close()
    assert change_signing_key(settings, utc_now) == new.public == key_of(settings).public


def test_cut_off_after_the_log_was_handed_over(settings: Settings) -> None:
    new = ScannerKey.new()
    files.write_new(Layout.of(settings).next_signing_key, new.to_pem())
    ledger = opened(settings)
    assert isinstance(ledger, Ledger)
    ledger.hand_over(new)
    ledger.close()
    assert "keys change" in str(opened(settings))  # and the message names the fix
    assert change_signing_key(settings, utc_now) == new.public == key_of(settings).public
    after = opened(settings)
    assert isinstance(after, Ledger)
    assert len(after.succession()) == 1
    after.close()


def test_the_command_changes_it_and_not_while_the_scanner_works(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "sightline.toml"
    path.write_text(f'{path.read_text()}\n[[recipients]]\nname = "Unit"\npublic_key = "{RECIPIENT}"\n')
    old = key_of(settings).public
    lock = files.hold_state(Layout.of(settings).directory, "scan")
    assert not isinstance(lock, Refused)
    assert CliRunner().invoke(main, ["--config", str(path), "keys", "change"]).exit_code == Exit.BUSY
    assert key_of(settings).public == old
    lock.release()
    result = CliRunner().invoke(main, ["--config", str(path), "keys", "change", "--json"])
    assert result.exit_code == Exit.OK, result.output
    assert json.loads(result.stdout)["scanner"]["key_id"] == key_of(settings).public.key_id
