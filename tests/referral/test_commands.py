"""`sightline reports`: as an operator exports, and as a recipient opens, without configuration or store."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.exit_codes import Exit
from config.layout import Layout
from config.load import load
from config.settings import Settings
from matcher.verdict import ListKind, Verdict
from reports.canonical import canonical
from reports.crypto.seal import new_identity
from reports.schemas import REFERRAL, departure
from scanner.cli.main import main
from tests.referral.examples import MATCHED, NO_MATCH, page, sighting
from tests.referral.ledgers import Desk


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


@dataclass
class Office:
    """A scanner's configuration with one recipient, a ledger with something in it, and the recipient's own keys."""

    folder: Path

    def __post_init__(self) -> None:
        run("init", "--directory", self.folder)
        self.config = self.folder / "sightline.toml"
        settings = load(self.config)
        assert isinstance(settings, Settings), str(settings)
        layout = Layout.of(settings)
        self.outbox = layout.outbox
        self.desk = Desk(layout.directory, store=layout.store.name)
        for path, secret in (
            (layout.signing_key, self.desk.key.to_pem()),
            (layout.token_key, self.desk.keys.token_key),
        ):
            path.write_bytes(secret)
        table = f'\n[[recipients]]\nname = "Example Unit"\npublic_key = "{self.desk.recipient}"\n'
        self.config.write_text(self.config.read_text() + table)
        self.identity = self._kept("recipient.key", f"# created: today\n{self.desk.identity}\n".encode())
        self.public_key = self._kept("scanner.pub", self.desk.key.public.to_pem())

    def _kept(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.touch(0o600)
        path.write_bytes(content)
        return path

    def export(self, *words: str | Path) -> Result:
        return run("-c", self.config, "reports", "export", "--recipient", "Example Unit", *words)

    def exported(self) -> Path:
        (made,) = json.loads(self.export("--json").stdout)["referrals"]
        return Path(made["file"])

    def received(self, command: str, *words: str | Path) -> Result:
        """As the recipient: no configuration is named, and none is near."""
        return run("reports", command, *words, "--identity", self.identity, "--public-key", self.public_key)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.desk.visit(page(sighting("known.jpg", MATCHED), sighting("new.jpg", NO_MATCH)))
    yield made
    made.desk.ledger.close()


def test_what_is_new_is_exported_once(office: Office) -> None:
    path = office.exported()
    assert path.parent == office.outbox
    assert path.name.startswith("example-unit-00001-")
    again = office.export("--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout) == {"referrals": []}


def test_the_list_tells_what_was_made_and_what_waits(office: Office) -> None:
    before = json.loads(run("-c", office.config, "reports", "list", "--json").stdout)
    assert before == {"referrals": [], "waiting": {"Example Unit": 2}, "waiting_for_unknown": {}}
    office.exported()
    after = json.loads(run("-c", office.config, "reports", "list", "--json").stdout)
    assert after["waiting"] == {"Example Unit": 0}
    assert [(one["records"], one["written"]) for one in after["referrals"]] == [(2, True)]
    assert "Example Unit" in run("-c", office.config, "reports", "list").stdout


def test_a_lost_file_can_be_made_again(office: Office) -> None:
    first = office.exported()
    referral = json.loads(run("-c", office.config, "reports", "list", "--json").stdout)["referrals"][0]["referral"]
    folder = office.folder / "again"
    made = json.loads(office.export("--again", referral, "--out", folder, "--json").stdout)["referrals"]
    assert Path(made[0]["file"]).name == first.name
    assert office.received("verify", made[0]["file"]).exit_code == 0
    assert office.export("--again", "no-such").exit_code == Exit.REFUSED


def test_an_unknown_recipient_is_named_with_those_that_are_known(office: Office) -> None:
    refused = run("-c", office.config, "reports", "export", "--recipient", "Nobody")
    assert refused.exit_code == Exit.USAGE
    assert "Example Unit" in refused.stderr


def test_the_recipient_opens_it(office: Office) -> None:
    path = office.exported()
    opened = office.received("open", path, "--json")
    assert opened.exit_code == 0
    document = json.loads(opened.stdout)
    assert departure(document, REFERRAL) == ""
    assert len(document["images"]) == 2
    assert opened.stdout.isascii()


def test_the_recipient_may_keep_it_as_json_and_as_a_page(office: Office) -> None:
    path, out, html = office.exported(), office.folder / "referral.json", office.folder / "referral.html"
    opened = office.received("open", path, "--out", out, "--html", html)
    assert opened.exit_code == 0
    assert "New findings" in opened.stdout
    assert "http:" not in opened.stdout
    assert canonical(json.loads(out.read_bytes())) == out.read_bytes()
    assert html.read_bytes().startswith(b"<!doctype html>")
    assert out.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("name", "begins"), [("a.csv", b'"referral"'), ("a.PDF", b"%PDF"), ("a.txt", b"{")])
def test_a_files_name_says_its_form(office: Office, name: str, begins: bytes) -> None:
    out = office.folder / name
    assert office.received("open", office.exported(), "--out", out).exit_code == Exit.OK
    assert out.read_bytes().lstrip(b"\xef\xbb\xbf").startswith(begins)


def test_a_form_for_one_kind_of_list_says_how_much_it_leaves_out(office: Office) -> None:
    adult = Verdict(
        MATCHED.outcome, tuple(replace(known, list_kind=ListKind.ADULT_INTIMATE) for known in MATCHED.matches)
    )
    office.desk.visit(page(sighting("adult.jpg", adult), url="http://x/adults"))
    path = office.exported()
    words = "Left out, because no list of abuse of children knows them: 1 finding."
    for form, left_out in (("ncmec", True), ("vics", False)):
        opened = office.received("open", path, "--out", office.folder / form, "--format", form)
        assert opened.exit_code == Exit.OK
        assert (words in " ".join(opened.stderr.split())) is left_out


def test_a_referral_is_written_to_a_file_and_to_no_pipe(office: Office) -> None:
    assert office.received("open", office.exported(), "--out", "-").exit_code == Exit.USAGE


def test_verify_tells_each_check_and_fails_when_one_does(office: Office) -> None:
    path = office.exported()
    good = office.received("verify", path)
    assert good.exit_code == 0
    assert "16 of 18 checks were made, and all of them hold; 2 could not be made" in " ".join(good.stdout.split())
    changed = office.folder / "changed.sightline"
    changed.write_bytes(path.read_bytes()[:-1] + b"\0")
    bad = office.received("verify", changed)
    assert bad.exit_code == Exit.DIFFERS
    assert "NOT verified" in bad.stdout
    assert office.received("open", changed).exit_code == Exit.REFUSED


def test_without_the_scanners_key_a_file_opens_and_is_not_verified(office: Office) -> None:
    path = office.exported()
    opened = run("reports", "open", path, "--identity", office.identity)
    assert opened.exit_code == 0
    assert "destroy by 2027-11-23" in opened.stdout
    verified = run("reports", "verify", path, "--identity", office.identity, "--json")
    assert verified.exit_code == Exit.DIFFERS
    assert json.loads(verified.stdout)["verified"] is False


def test_a_replayed_file_is_noticed_beside_the_first(office: Office) -> None:
    path = office.exported()
    copy = office.folder / "copy.sightline"
    copy.write_bytes(path.read_bytes())
    assert office.received("verify", copy).exit_code == 0
    assert office.received("verify", path, copy).exit_code == Exit.DIFFERS


def test_several_files_are_read_as_one(office: Office) -> None:
    first = office.exported()
    office.desk.now += timedelta(days=1)
    office.desk.visit(page(sighting("known.jpg", MATCHED), at=office.desk.now))
    second = office.exported()
    together = office.received("verify", second, first, "--json")
    assert json.loads(together.stdout)["verified"] is True
    document = json.loads(office.received("open", second, first, "--json").stdout)
    assert len(document["identity"]["parts"]) == 2


def test_a_list_that_the_recipient_holds_is_held_against_the_mandate(office: Office) -> None:
    path = office.exported()
    held, other = office.folder / "list.json", office.folder / "other.json"
    held.write_bytes(b"authority list")  # its digest stands in the examples' mandate
    other.write_bytes(b"another list")
    assert office.received("verify", path, "--list", held).exit_code == 0
    assert office.received("verify", path, "--list", other).exit_code == Exit.DIFFERS


def test_a_key_that_others_can_read_is_refused(office: Office) -> None:
    path = office.exported()
    office.identity.chmod(0o644)
    refused = office.received("verify", path)
    assert refused.exit_code == Exit.CONFIGURATION
    assert "AGE-SECRET-KEY" not in refused.output


def test_records_for_a_key_that_nobody_has_any_more_are_told(office: Office) -> None:
    text = office.config.read_text()
    office.config.write_text(text.replace(office.desk.recipient, new_identity()[1]))
    told = run("-c", office.config, "reports", "list")
    assert office.desk.recipient in told.stderr
    assert "earlier_keys" in told.stderr
    assert json.loads(run("-c", office.config, "reports", "list", "--json").stdout)["waiting_for_unknown"] == {
        office.desk.recipient: 2
    }
    assert f"{office.desk.recipient}: " in run("-c", office.config, "doctor").stderr
    office.config.write_text(text)
    assert office.desk.recipient not in run("-c", office.config, "reports", "list").stderr
    assert f"{office.desk.recipient}: " not in run("-c", office.config, "doctor").stderr


def test_one_referral_given_twice_is_called_that_and_nothing_else(office: Office) -> None:
    file = office.exported()
    copy = file.with_name("copy")
    copy.write_bytes(file.read_bytes())
    said = office.received("verify", file, copy, "--json")
    together = {one["check"]: (one["state"], one["words"]) for one in json.loads(said.stdout)["together"]}
    assert said.exit_code == Exit.DIFFERS
    assert [check for check, (state, _) in together.items() if state == "fails"] == ["no record stands twice"]
    assert "was given 2 times" in str(together)
