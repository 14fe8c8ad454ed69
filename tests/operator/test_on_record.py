"""What operators change is in the log, through the commands that they change it with."""

import re
from pathlib import Path

import pytest

from config.clock import utc_now
from config.exit_codes import Exit
from config.layout import Layout
from config.load import load
from config.settings import Settings
from reports.bundle.bundle import key_fingerprint
from reports.crypto.minisign import new_key
from reports.crypto.seal import new_identity
from reports.ledger.ledger import Ledger, LedgerKeys
from reports.log.entry import Details, Kind, LogEntry
from scanner import startup_log as on_record
from scanner.keys.keyring import ledger_keys
from tests.operator.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def settings_of(desk: Desk) -> Settings:
    settings = load(desk.configuration)
    assert isinstance(settings, Settings)
    return settings


def said(desk: Desk, kind: Kind) -> list[Details]:
    """What the log says of this kind, oldest first."""
    return [entry.details for entry in entries(desk) if entry.kind is kind]


def entries(desk: Desk) -> list[LogEntry]:
    settings = settings_of(desk)
    keys = ledger_keys(settings, Layout.of(settings))
    assert isinstance(keys, LedgerKeys)
    ledger = Ledger.open(Layout.of(settings).store, keys, utc_now)
    assert isinstance(ledger, Ledger)
    size = int(ledger.checkpoint().splitlines()[1])
    found = [LogEntry.from_bytes(ledger.leaf(index)) for index in range(size)]
    ledger.close()
    return found


def open_the_ledger(desk: Desk) -> None:
    assert desk.run("hashes", "quality").exit_code == Exit.OK


def test_recipients_and_trusted_keys_are_told_once(desk: Desk) -> None:
    open_the_ledger(desk)
    (recipients,) = said(desk, Kind.RECIPIENTS_SET)
    (authorities,) = said(desk, Kind.KEYS_TRUSTED)
    settings = settings_of(desk)
    assert recipients["keys_1"] == key_fingerprint(settings.recipients[0].public_key)
    assert authorities["authorities"] == 1
    assert re.fullmatch("[0-9A-F]{16}", str(authorities["keys_1"]))


def test_another_recipient_and_another_trusted_key_are_told(desk: Desk) -> None:
    more = f'\n[[recipients]]\nname = "Unit"\npublic_key = "{new_identity()[1]}"\n'
    more += f'[[authorities]]\nname = "Second office"\npublic_key = "{new_key().public.line()}"\n'
    desk.configuration.write_text(desk.configuration.read_text() + more)
    open_the_ledger(desk)
    assert [one["recipients"] for one in said(desk, Kind.RECIPIENTS_SET)] == [1, 2]
    assert [one["authorities"] for one in said(desk, Kind.KEYS_TRUSTED)] == [1, 2]


def test_what_a_recipient_is_told_is_told_where_it_changes(desk: Desk) -> None:
    kept = desk.configuration.read_text()
    desk.configuration.write_text(kept.replace('name = "Desk"', 'name = "Desk"\nreceives_jurisdictions = ["XX"]'))
    open_the_ledger(desk)
    before, after = said(desk, Kind.RECIPIENTS_SET)
    assert before["keys_1"] == after["keys_1"]
    assert before["sha256"] != after["sha256"]


def test_however_many_recipients_there_are_the_entry_can_stand_in_the_log(desk: Desk) -> None:
    (one,) = settings_of(desk).recipients
    details = on_record.recipients_of([one] * 1_000)
    entry = LogEntry(1, entries(desk)[0].time, Kind.RECIPIENTS_SET, details)
    assert LogEntry.from_bytes(entry.to_bytes()) == entry
    assert details["recipients"] == 1_000


def test_a_list_that_leaves_its_folder_is_told(desk: Desk) -> None:
    (path,) = Layout.of(settings_of(desk)).lists.iterdir()
    path.unlink()
    open_the_ledger(desk)
    open_the_ledger(desk)
    assert said(desk, Kind.LIST_REMOVED) == [{"list": path.stem}]


def test_a_hash_list_that_leaves_its_folder_is_told_and_one_that_changes_is_not(desk: Desk) -> None:
    importing(desk, "a" * 64)
    importing(desk, "b" * 64)
    assert said(desk, Kind.HASH_LIST_REMOVED) == []
    (Layout.of(settings_of(desk)).hash_lists / "examples.age").unlink()
    open_the_ledger(desk)
    assert said(desk, Kind.HASH_LIST_REMOVED) == [{"list": "examples"}]


def test_a_refused_hash_list_is_told(desk: Desk) -> None:
    importing(desk, "a" * 64)
    importing(desk, ends=Exit.REFUSED)
    assert said(desk, Kind.HASH_LIST_REFUSED) == [{"list": "examples", "faults": 1}]


def importing(desk: Desk, *digests: str, ends: Exit = Exit.OK) -> None:
    path = desk.folder / "hashes.csv"
    path.write_text("\n".join(("entry_id,sha256", *(f"one,{digest}" for digest in digests))) + "\n")
    words = ("--format", "csv", "--kind", "child-abuse", "--list", "examples", "--issuer", "Office of Examples")
    done = desk.run("hashes", "import", str(path), *words)
    assert done.exit_code == ends, done.output


def test_a_new_signing_key_is_told_beside_the_one_that_it_takes_the_place_of(desk: Desk) -> None:
    assert desk.run("keys", "change").exit_code == Exit.OK
    (made,), (retired,) = said(desk, Kind.KEY_MADE), said(desk, Kind.KEY_RETIRED)
    assert made["public_key"] == retired["new_key"]


def test_every_kind_is_written_by_something() -> None:
    """A kind that nothing writes would promise what the log does not hold."""
    root = Path(__file__).parents[2]
    code = "".join(path.read_text() for folder in ("reports", "scanner") for path in (root / folder).rglob("*.py"))
    used = code.replace((root / "reports" / "log" / "entry.py").read_text(), "")
    assert [kind.name for kind in Kind if f"Kind.{kind.name}" not in used] == []
