"""A store that is locked, full, damaged, failing or not ours: it is said, and nothing of the step has happened."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import Popen, run

import pytest
from sqlalchemy.dialects import postgresql  # noqa: TID251 - the tables must be PostgreSQL's too
from sqlalchemy.schema import CreateIndex, CreateTable  # noqa: TID251 - the tables must be PostgreSQL's too

from config.faults import Refused
from reports.crypto.signing import ScannerKey
from reports.ledger.ledger import MARK, Claim, Ledger, LedgerKeys
from reports.log.entry import Kind
from reports.store.engine import ROOM_TO_WRITE, Store, open_store, open_store_to_read
from reports.store.errors import StoreDamaged, StoreFailing, StoreFault, StoreFull, StoreLocked
from reports.store.schema import metadata
from tests.reports.benches import KEYS, NOON, RECIPIENT, Bench, picture


def impatient(bench: Bench) -> Ledger:
    """The bench's store, opened once more by one who does not wait."""
    store = open_store(bench.path, patience_seconds=0.01)
    assert isinstance(store, Store)
    return bench.over(store)


def refused(opened: Ledger | Refused) -> str:
    assert isinstance(opened, Refused)
    return str(opened)


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """Another program in the middle of a write."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_locked_store_says_so_and_the_step_may_be_tried_again(bench: Bench) -> None:
    claim = bench.claim()
    (leaf,) = bench.intend(claim)
    with closing(impatient(bench)) as ledger:
        with held_by_another(bench.path), pytest.raises(StoreLocked) as caught:
            ledger.conclude(claim, [bench.ended(leaf)], bench.told(picture(1)))
        assert "another process" in str(caught.value)
        assert not list(ledger.undelivered(RECIPIENT))
        ledger.conclude(claim, [bench.ended(leaf)], bench.told(picture(1)))
        assert len(list(ledger.undelivered(RECIPIENT))) == 1


def test_readers_do_not_wait_for_a_writer(bench: Bench) -> None:
    bench.visit()
    with closing(impatient(bench)) as ledger, held_by_another(bench.path):
        assert len(list(ledger.undelivered(RECIPIENT))) == 2
        assert bench.audit().holds


def test_a_store_that_is_locked_when_it_is_opened_is_refused(bench: Bench) -> None:
    with held_by_another(bench.path):
        opened = open_store(bench.path, patience_seconds=0.01)
    assert isinstance(opened, Refused)
    assert "another process" in str(opened)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1,000 KiB, and what a store leaves free."""
    place = tmp_path / "disk"
    place.mkdir()
    size = f"size={1000 + ROOM_TO_WRITE // 1024}k"
    command = ["mount", "-t", "tmpfs", "-o", f"{size},mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk; the limit on file sizes is tested for everybody")
    yield place
    run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - wherever the system has it


def test_a_full_disk_says_so_and_nothing_is_lost(small_disk: Path) -> None:
    bench = Bench(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(80_000))
    claim = bench.claim()
    ids: list[str] = []
    with pytest.raises(StoreFull) as caught:
        fill(bench, claim, ids)
    assert "full" in str(caught.value)
    size = bench.checkpoint().size
    assert [stored.record_id for stored in bench.ledger.undelivered(RECIPIENT)] == ids
    ballast.unlink()
    ids += bench.ledger.conclude(claim, [], bench.told(picture(999)))
    assert [stored.record_id for stored in bench.ledger.undelivered(RECIPIENT)] == ids
    assert bench.checkpoint().size == size + 1
    bench.ledger.close()
    assert bench.audit().holds


def test_a_step_that_is_larger_than_the_disk_says_so_too(small_disk: Path) -> None:
    bench = Bench(small_disk)
    claim = bench.claim()
    with pytest.raises(StoreFull) as caught:
        bench.ledger.conclude(claim, [], bench.told(picture(1), record=bytes(2 * ROOM_TO_WRITE)))
    assert "SQLITE_FULL" in str(caught.value)
    run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)  # noqa: S607 - wherever the system has it
    assert list(bench.ledger.undelivered(RECIPIENT)) == []
    bench.page(claim)
    bench.ledger.close()
    assert bench.audit().holds


def fill(bench: Bench, claim: Claim, ids: list[str]) -> None:
    """Pages until the disk is full."""
    for number in range(1000):
        ids += bench.ledger.conclude(claim, [], bench.told(picture(number)))


def test_a_store_opened_on_a_full_disk_is_refused(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(1_020_000))
    opened = Ledger.open(small_disk / "store.sqlite3", KEYS, lambda: NOON)
    assert "full" in refused(opened)


def test_a_limit_on_file_sizes_fails_the_step_and_not_the_store(tmp_path: Path) -> None:
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from reports.store.errors import StoreFault; from tests.reports.benches import Bench, RECIPIENT, picture\n"
        "bench = Bench(Path(sys.argv[1])); claim = bench.claim(); done = 0\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    while True: bench.page(claim, [picture(done)]); done += 1\n"
        "except StoreFault as error: print(error)\n"
        "assert len(list(bench.ledger.undelivered(RECIPIENT))) == done > 3\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "bench.page(claim, [picture(done)]); assert bench.audit().holds; bench.ledger.close()\n"
    )
    result = run([sys.executable, "-c", program, str(tmp_path)], check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "nothing that was committed is lost" in result.stdout or "Check the disk" in result.stdout


@pytest.mark.parametrize("content", [b"hello" * 1000, b"SQLite format 3\0" + bytes(4080)])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_bytes(content)
    path.chmod(0o600)
    assert "damaged" in refused(Ledger.open(path, KEYS, lambda: NOON))
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    path.chmod(0o600)
    assert isinstance(Ledger.open(path, KEYS, lambda: NOON), Refused)
    with closing(sqlite3.connect(path)) as connection:
        assert [name for (name,) in connection.execute("SELECT name FROM sqlite_master")] == ["theirs"]


def test_a_store_damaged_under_a_running_scanner_says_so(bench: Bench) -> None:
    claim = bench.claim()
    for number in range(40):
        bench.page(claim, [picture(number)])
    bench.ledger.close()
    size = bench.path.stat().st_size
    with bench.path.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 2))
    store = open_store_to_read(bench.path)
    assert isinstance(store, Store)
    with pytest.raises(StoreDamaged), closing(bench.over(store)) as ledger:
        list(ledger.undelivered(RECIPIENT))


def test_a_damaged_head_is_found_when_the_store_is_opened(bench: Bench) -> None:
    bench.ledger.close()
    with closing(sqlite3.connect(bench.path)) as connection, connection:
        connection.execute("UPDATE tree_head SET tree_size = tree_size + 2, peaks = peaks || peaks")
    assert "tree head does not hold" in refused(Ledger.open(bench.path, KEYS, bench.clock))


def test_a_head_that_was_changed_is_never_signed_anew(bench: Bench) -> None:
    with closing(sqlite3.connect(bench.path)) as connection, connection:
        connection.execute("UPDATE tree_head SET tree_size = tree_size + 2, peaks = zeroblob(64)")
    with pytest.raises(StoreDamaged, match="not as this scanner signed it"):
        bench.ledger.note(Kind.POLICY, {})


def test_a_store_of_another_version_is_refused(bench: Bench) -> None:
    bench.ledger.close()
    with closing(sqlite3.connect(bench.path)) as connection, connection:
        connection.execute("UPDATE meta SET value = '999' WHERE name = 'schema_version'")
    assert "version 999" in refused(Ledger.open(bench.path, KEYS, bench.clock))


def test_a_store_written_with_other_keys_is_refused(bench: Bench) -> None:
    bench.visit()
    size = bench.checkpoint().size
    for other, named in (
        (replace(KEYS, signing=ScannerKey.new()), "signed by another key"),
        (replace(KEYS, token_key=bytes(32)), "another token key"),
    ):
        assert named in refused(Ledger.open(bench.path, other, bench.clock))
    assert bench.checkpoint().size == size


def test_keys_that_cannot_serve_are_refused_all_at_once(tmp_path: Path) -> None:
    text = refused(Ledger.open(tmp_path / "s", LedgerKeys(KEYS.signing, b"short", ("age1x",)), lambda: NOON))
    assert "no age recipient" in text
    assert "32 bytes" in text
    assert "there is none" in refused(Ledger.open(tmp_path / "s", replace(KEYS, recipients=()), lambda: NOON))
    assert not (tmp_path / "s").exists()


def test_a_store_that_others_can_read_is_refused(bench: Bench) -> None:
    bench.ledger.close()
    bench.path.chmod(0o644)
    assert "chmod 600" in refused(Ledger.open(bench.path, KEYS, bench.clock))


def test_every_connection_is_set_as_the_store_needs(bench: Bench) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "temp_store": 2,
        "secure_delete": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
    }
    store = bench.ledger._store
    with store.write() as one, store.read() as other:
        for connection in (one, other):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted


def test_a_reader_cannot_write(bench: Bench) -> None:
    store = open_store_to_read(bench.path)
    assert isinstance(store, Store)
    with closing(bench.over(store)) as ledger, pytest.raises(StoreFailing):
        ledger.note(Kind.POLICY, {})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE leaf SET body = x'00'",
        "DELETE FROM leaf",
        "INSERT OR REPLACE INTO leaf SELECT leaf_index, x'00' FROM leaf",
        "UPDATE node SET hash = x'00'",
        "DELETE FROM node",
        "INSERT OR REPLACE INTO node SELECT level, position, x'00' FROM node",
        "UPDATE record SET kept = x'00'",
        "DELETE FROM record WHERE leaf_index NOT IN (SELECT record_leaf FROM delivery)",
        "UPDATE tree_head SET signature = x'00'",
        "UPDATE tree_head SET tree_size = tree_size - 1",
        "DELETE FROM tree_head",
        "INSERT OR REPLACE INTO tree_head SELECT head_id, 1, peaks, signature, public_key FROM tree_head",
    ],
)
def test_what_only_grows_cannot_be_changed_by_mistake(bench: Bench, statement: str) -> None:
    bench.visit()
    with pytest.raises(StoreFault, match="CONSTRAINT_TRIGGER"), bench.ledger._store.write() as connection:
        connection.exec_driver_sql(statement)
    assert bench.audit().holds


def test_two_processes_append_to_one_log(bench: Bench) -> None:
    program = (
        "import sys; from pathlib import Path; from config.clock import utc_now\n"
        "from reports.ledger.ledger import Ledger, LedgerKeys; from reports.crypto.signing import ScannerKey\n"
        "key = ScannerKey.load(Path(sys.argv[2]))\n"
        "ledger = Ledger.open(sys.argv[1], LedgerKeys(key, sys.argv[3].encode(), (sys.argv[4],)), utc_now)\n"
        "for number in range(60): ledger.note('policy', {'number': number, 'by': sys.argv[5]})\n"
    )
    key = bench.folder / "signing.key"
    key.write_bytes(KEYS.signing.to_pem())
    key.chmod(0o600)
    arguments = [str(bench.path), str(key), KEYS.token_key.decode(), RECIPIENT]
    children = [Popen([sys.executable, "-c", program, *arguments, name]) for name in ("one", "two")]
    for number in range(60):
        bench.ledger.note(Kind.POLICY, {"number": number, "by": "three"})
    assert [child.wait() for child in children] == [0, 0]
    entries = bench.entries()[1:]
    for name in ("one", "two", "three"):
        assert [e.number("number") for e in entries if e.text("by") == name] == list(range(60))
    assert bench.audit().holds


def test_the_tables_are_postgresqls_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect))
    (leaf,) = (
        str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables if table.name == "leaf"
    )
    assert "BIGINT" in leaf
    assert "BYTEA" in leaf


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_a_store_that_was_emptied_is_not_begun_anew(bench: Bench, left: str) -> None:
    bench.visit()
    bench.ledger.close()
    for path in bench.folder.glob("store.sqlite3*"):
        if not path.name.endswith(MARK):
            path.unlink()
    if left == "an empty file":
        bench.path.touch(0o600)
    assert "is empty, and was not" in refused(Ledger.open(bench.path, bench.keys, bench.clock))
    (bench.folder / f"store.sqlite3{MARK}").unlink()
    again = Ledger.open(bench.path, bench.keys, bench.clock)  # the control: without the mark it is a first start
    assert isinstance(again, Ledger)
    again.close()


def test_a_store_with_bytes_turned_is_damage_and_no_fault_of_ours(bench: Bench) -> None:
    """Wherever the damage lies: in a page's bytes, or in the texts that the driver itself reads."""
    bench.visit(pages=9)
    bench.ledger.close()
    whole = bench.path.read_bytes()
    for step in (997, 4_001):
        bent = bytearray(whole)
        for place in range(4 * 4_096, len(bent), step):
            bent[place] ^= 0xFF
        bench.path.write_bytes(bytes(bent))
        try:
            opened = Ledger.open(bench.path, bench.keys, bench.clock)
            if isinstance(opened, Ledger):
                with closing(opened):
                    list(opened.undelivered(RECIPIENT))
                    list(opened.sites())
        except StoreFault:
            continue
    bench.path.write_bytes(whole)
    bench.ledger = bench.opened()
