"""`sightline audit`: for people and for programs, with no secret at hand."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.exit_codes import Exit
from reports.crypto.signing import ScannerKey
from reports.log.entry import Kind
from scanner.cli.main import main
from tests.reports.benches import KEYS, Bench


@pytest.fixture
def key_file(bench: Bench) -> Path:
    path = bench.folder / "scanner.pub"
    path.write_bytes(KEYS.signing.public.to_pem())
    return path


def sightline(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def verify(bench: Bench, key_file: Path, *more: object) -> Result:
    return sightline("audit", "verify", "--store", bench.path, "--public-key", key_file, *more)


def test_a_whole_log_holds(bench: Bench, key_file: Path) -> None:
    bench.visit()
    result = verify(bench, key_file)
    assert result.exit_code == Exit.OK
    assert "The log holds." in result.stdout
    assert "1 visit, 1 fetch, 2 sealed records, 0 referrals" in result.stdout
    told = json.loads(verify(bench, key_file, "--json").stdout)
    assert told["holds"] is True
    assert told["entries"] == bench.checkpoint().size
    assert told["root"] == bench.checkpoint().root.hex()


def test_a_bent_log_ends_with_another_status_and_its_faults(bench: Bench, key_file: Path) -> None:
    bench.visit()
    with closing(sqlite3.connect(bench.path)) as connection, connection:
        connection.execute("DROP TRIGGER leaf_update")
        connection.execute("UPDATE leaf SET body = x'00' WHERE leaf_index = 3")
    result = verify(bench, key_file)
    assert result.exit_code == Exit.DIFFERS
    assert "does not hold" in result.stdout
    assert "entry 3" in result.stderr
    told = json.loads(verify(bench, key_file, "--json").stdout)
    assert told["holds"] is False
    assert told["fault_count"] == len(told["faults"]) > 0


def test_a_checkpoint_that_was_exported_is_compared(bench: Bench, key_file: Path) -> None:
    exported = sightline("audit", "checkpoint", "--store", bench.path)
    assert exported.exit_code == Exit.OK
    assert exported.stdout == bench.ledger.checkpoint()
    kept = bench.folder / "kept"
    kept.write_text(exported.stdout)
    bench.visit()
    assert "Grew from  the checkpoint of 1 entry" in verify(bench, key_file, "--checkpoint", kept).stdout
    kept.write_text(exported.stdout.replace("\n1\n", "\n2\n"))
    assert verify(bench, key_file, "--checkpoint", kept).exit_code == Exit.REFUSED


def test_another_key_does_not_verify(bench: Bench, key_file: Path) -> None:
    key_file.write_bytes(ScannerKey.new().public.to_pem())
    result = verify(bench, key_file)
    assert result.exit_code == Exit.DIFFERS
    assert "no trusted key" in result.stderr
    key_file.write_bytes(b"not a key")
    assert verify(bench, key_file).exit_code == Exit.CONFIGURATION


def test_what_is_no_store_is_refused(key_file: Path) -> None:
    result = sightline("audit", "verify", "--store", key_file, "--public-key", key_file)
    assert result.exit_code == Exit.STORE
    assert sightline("audit", "checkpoint", "--store", key_file).exit_code == Exit.STORE


def test_a_clock_that_was_set_back_is_a_note_and_no_fault(bench: Bench, key_file: Path) -> None:
    bench.visit()
    assert "Clock" not in verify(bench, key_file).stdout
    ahead = bench.checkpoint().size
    bench.now -= timedelta(days=1)
    bench.ledger.note(Kind.RUN_STARTED, {"run": "run-2"})
    bench.now += timedelta(hours=1)
    bench.ledger.note(Kind.RUN_STARTED, {"run": "run-3"})
    result = verify(bench, key_file)
    assert result.exit_code == Exit.OK
    assert f"1 entry lies before the one before, the first is entry {ahead}: it was set back" in result.stdout
    told = json.loads(verify(bench, key_file, "--json").stdout)
    assert (told["holds"], told["went_back"], told["first_back"]) == (True, 1, ahead)
