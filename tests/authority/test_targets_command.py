"""`sightline targets`, as an authority and an operator use it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.clock import utc_now
from config.exit_codes import Exit
from config.layout import Layout
from config.load import load
from config.settings import Settings
from reports.crypto.minisign import new_key, sign
from reports.crypto.minisign_keys import write_secret_key
from reports.crypto.seal import new_identity
from scanner.cli.main import main
from tests.authority.making import KEY, a_list, a_target


class Desk:
    """A configuration, an authority's key, and the list that lies on the table."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.list, self.key = folder, folder / "list.json", folder / "authority.key"
        self.configuration = folder / "sightline.toml"
        self.key.write_bytes(write_secret_key(KEY, None))
        self.key.chmod(0o600)
        self.run("init", "--directory", str(folder))
        self.configuration.write_text(
            f'[[authorities]]\nname = "Office of Examples"\npublic_key = "{KEY.public.line()}"\n'
            f'[[recipients]]\nname = "Desk"\npublic_key = "{new_identity()[1]}"\n'
        )

    def write(self, **changes: object) -> None:
        now = utc_now()
        window = {"valid_from": now.isoformat(), "valid_until": (now + timedelta(days=9)).isoformat()}
        self.list.write_text(json.dumps(a_list(**(window | changes))))

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(self.configuration), *words], catch_exceptions=False)

    def targets(self, *words: str) -> Result:
        return self.run("targets", *words)

    def sign(self) -> Result:
        return self.targets("sign", str(self.list), "--key", str(self.key))

    def bring_in(self) -> Result:
        return self.targets("import", str(self.list))

    def in_force(self) -> list[Any]:
        return [one["sequence"] for one in json.loads(self.targets("list", "--json").stdout)["lists"]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_sign_import_list(desk: Desk) -> None:
    desk.write()
    assert desk.sign().exit_code == Exit.OK
    assert desk.targets("check", str(desk.list)).exit_code == Exit.OK
    assert desk.bring_in().exit_code == Exit.OK
    assert desk.in_force() == [3]
    assert "Examples" in desk.targets("list").stdout


def test_what_is_refused_is_named_and_leaves_the_earlier_edition_in_force(desk: Desk) -> None:
    desk.write()
    desk.sign()
    desk.bring_in()
    desk.write(sequence=2)
    desk.sign()
    refused = desk.bring_in()
    assert refused.exit_code == Exit.REFUSED
    assert "sequence: is 2, but 3 is held" in refused.stderr
    assert desk.in_force() == [3]


def test_an_unsigned_list_is_refused_and_can_be_checked_as_such(desk: Desk) -> None:
    desk.write()
    assert "not signed" in desk.bring_in().stderr
    assert desk.targets("check", str(desk.list)).exit_code == Exit.DIFFERS
    assert desk.targets("check", "--unsigned", str(desk.list)).exit_code == Exit.OK


def test_a_malformed_list_is_not_signed(desk: Desk) -> None:
    desk.write(targets=[a_target(1), a_target(2, address="x.onion")])
    refused = desk.sign()
    assert refused.exit_code == Exit.REFUSED
    assert "targets #2.address" in refused.stderr
    assert not desk.list.with_name("list.json.minisig").exists()


def test_a_key_that_others_can_read_signs_nothing(desk: Desk) -> None:
    desk.write()
    desk.key.chmod(0o644)
    assert desk.sign().exit_code == Exit.CONFIGURATION


def test_faults_are_json_for_programs(desk: Desk) -> None:
    desk.write()
    refused = desk.targets("import", str(desk.list), "--json")
    assert json.loads(refused.stdout)["faults"][0]["where"] == "the signature"


def test_imports_and_refusals_stand_in_the_log(desk: Desk) -> None:
    desk.write()
    desk.bring_in()
    desk.sign()
    desk.bring_in()
    told = json.loads(desk.run("audit", "verify", "--json").stdout)
    assert (told["kinds"]["list imported"], told["kinds"]["list refused"]) == (1, 1)


def test_a_lists_targets_are_shown_without_their_secrets(desk: Desk) -> None:
    secret = "B" * 51 + "A"
    desk.write(targets=[a_target(1, client_authorisation_key=secret)])
    desk.sign()
    desk.bring_in()
    plain, for_programs = desk.targets("list", "examples"), desk.targets("list", "examples", "--json")
    assert a_target(1)["address"] in plain.stdout
    assert a_target(1)["address"] in for_programs.stdout
    assert secret not in plain.output + for_programs.output


def test_markup_in_a_list_is_text(desk: Desk) -> None:
    desk.write(mandate_reference="[red]7[/red]")
    desk.sign()
    desk.bring_in()
    assert "[red]7" in desk.targets("list").stdout


def test_a_list_that_is_not_held_is_a_wrong_word(desk: Desk) -> None:
    assert desk.targets("list", "nobody").exit_code == Exit.USAGE


def test_an_empty_list_is_taken_with_a_word(desk: Desk) -> None:
    desk.write(targets=[])
    desk.sign()
    assert "nothing is visited under it" in desk.bring_in().stderr


@pytest.mark.parametrize("window", [(9, 0), (-9, -1)])
def test_a_list_that_can_never_be_in_force_is_not_signed(desk: Desk, window: tuple[int, int]) -> None:
    first, last = (utc_now() + timedelta(days=days) for days in window)
    desk.write(valid_from=first.isoformat(), valid_until=last.isoformat())
    checked = desk.targets("check", "--unsigned", str(desk.list))
    assert checked.exit_code == Exit.DIFFERS
    assert "valid_until" in checked.stderr
    assert desk.sign().exit_code == Exit.REFUSED
    desk.write(valid_from=(utc_now() + timedelta(days=3)).isoformat())
    assert desk.sign().exit_code == Exit.OK


def test_a_public_key_in_the_secret_ones_place_is_named_as_such(desk: Desk) -> None:
    desk.write()
    public = desk.folder / "authority.pub"
    public.write_bytes(KEY.public.file())
    refused = desk.targets("sign", str(desk.list), "--key", str(public))
    assert refused.exit_code == Exit.CONFIGURATION
    assert "is a public key" in refused.stderr


def test_a_list_that_was_cut_on_the_disk_is_named_and_not_called_absent(desk: Desk) -> None:
    desk.write()
    desk.sign()
    desk.bring_in()
    settings = load(desk.configuration)
    assert isinstance(settings, Settings)
    (held,) = Layout.of(settings).lists.iterdir()
    held.write_bytes(held.read_bytes()[:-20])
    said = desk.targets("list")
    assert said.exit_code == Exit.DIFFERS
    assert "No list is held" not in said.stdout
    assert held.stem in said.stderr


def test_a_list_of_which_nobody_is_told_everything_is_not_in_force(desk: Desk) -> None:
    told_everything = desk.configuration.read_text()
    desk.configuration.write_text(f'{told_everything}receives_categories = ["national/2"]\n')
    desk.write()
    desk.sign()
    kept = desk.bring_in()
    assert kept.exit_code == Exit.DIFFERS
    assert kept.stdout.startswith("Kept, and not in force")
    shown = desk.targets("list")
    assert shown.exit_code == Exit.DIFFERS
    assert "│ no " in shown.stdout
    assert "no recipient receives all findings" in shown.stderr
    assert "this jurisdiction" not in shown.stderr
    (told,) = json.loads(desk.targets("list", "--json").stdout)["lists"]
    assert told["in_force"] is False
    desk.configuration.write_text(told_everything)
    (told,) = json.loads(desk.targets("list", "--json").stdout)["lists"]
    assert told["in_force"] is True


def test_another_keys_signature_is_not_overwritten(desk: Desk) -> None:
    desk.write()
    assert desk.sign().exit_code == desk.sign().exit_code == Exit.OK, "the same key may sign again"
    signature = desk.list.with_name("list.json.minisig")
    content, other = desk.list.read_bytes(), new_key()
    for there, cause in (
        (sign(content, other, "theirs"), f"by key {other.public.name}"),
        (b"notes", "is no signature"),
    ):
        signature.write_bytes(there)
        refused = desk.sign()
        assert refused.exit_code == Exit.REFUSED
        assert cause in refused.stderr
        assert signature.read_bytes() == there
