"""The audit notices every flipped byte and every entry that was dropped, moved, repeated, added or rewritten."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from config.faults import Refused
from reports.crypto.signing import ScannerKey
from reports.log.audit import MOST_FAULTS, Audit, AuditReport
from reports.log.checkpoint import Checkpoint, TreeHead
from reports.log.entry import Kind
from reports.log.merkle import Frontier, leaf_hash
from reports.store.engine import TRIGGERS
from reports.store.errors import StoreDamaged
from reports.store.reading import audit_store
from tests.reports.benches import KEYS, RECIPIENT, Bench, picture
from tests.reports.tapes import Tape, tape_of

TRUSTED = (KEYS.signing.public,)


@pytest.fixture
def small(bench: Bench) -> Bench:
    """A small log that holds one entry of most kinds."""
    bench.ledger.note(Kind.RUN_STARTED, {"run": "run-1"})
    bench.visit(1, "visit-1", pages=2)
    bench.ledger.release(bench.claim(2, visit="visit-2"))
    records = [stored.record_id for stored in bench.ledger.undelivered(RECIPIENT)]
    bench.ledger.mark_delivered(RECIPIENT, records, "referral-1")
    bench.ledger.confirm_delivery("referral-1", "ab" * 32)
    return bench


@pytest.fixture
def tape(small: Bench) -> Tape:
    return tape_of(small)


def audited(tape: Tape) -> AuditReport:
    return Audit(tape, TRUSTED).run()


def tamper(bench: Bench, *statements: str) -> None:
    """Change the file as someone does who has it, with the guards that the file itself carries taken away."""
    with closing(sqlite3.connect(bench.path)) as connection, connection:
        for trigger in TRIGGERS:
            connection.execute(f"DROP TRIGGER {trigger.split()[2]}")
        for statement in statements:
            connection.execute(statement)


def flips(data: bytes) -> Iterator[bytes]:
    """Every way to change one byte, by one bit each."""
    for at in range(len(data)):
        yield data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]


def test_an_untouched_log_holds(small: Bench) -> None:
    report = small.audit()
    assert report.holds
    assert (report.size, report.root) == (small.checkpoint().size, small.checkpoint().root.hex())
    assert report.kinds[Kind.RECORD_SEALED] == 3
    assert report.key_id == KEYS.signing.public.key_id


def test_the_tape_reads_as_the_store_does(tape: Tape) -> None:
    assert audited(tape).holds


def test_every_flipped_byte_of_an_entry_is_noticed(tape: Tape) -> None:
    for place, (index, body) in enumerate(list(tape.kept_leaves)):
        for bent in flips(body):
            tape.kept_leaves[place] = (index, bent)
            report = audited(tape)
            assert any(fault.where == f"entry {index}" for fault in report.faults), bent
            assert any(fault.where == "tree head" for fault in report.faults), bent
        tape.kept_leaves[place] = (index, body)


def test_every_flipped_byte_of_the_tree_is_noticed(tape: Tape) -> None:
    for place, value in list(tape.kept_nodes.items()):
        for bent in flips(value):
            tape.kept_nodes[place] = bent
            assert not audited(tape).holds, place
        tape.kept_nodes[place] = value


def test_every_flipped_byte_of_the_head_is_noticed(tape: Tape) -> None:
    head = tape.kept_head
    assert head is not None
    bent_heads: list[TreeHead] = [replace(head, signature=bent) for bent in flips(head.signature)]
    bent_heads += [replace(head, public_key=replace(head.public_key, raw=bent)) for bent in flips(head.public_key.raw)]
    bent_heads += [replace(head, origin=bent.decode()) for bent in flips(head.origin.encode()) if max(bent) < 128]
    for place, peak in enumerate(head.peaks):
        bent_heads += [
            replace(head, peaks=(*head.peaks[:place], bent, *head.peaks[place + 1 :])) for bent in flips(peak)
        ]
    bent_heads += [replace(head, size=head.size ^ 1 << bit) for bit in range(40)]
    for bent_head in bent_heads:
        tape.kept_head = bent_head
        assert not audited(tape).holds, bent_head


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DELETE FROM leaf WHERE leaf_index = 4", "entry 4: is missing"),
        ("DELETE FROM leaf WHERE leaf_index = (SELECT max(leaf_index) FROM leaf)", "is missing"),
        ("UPDATE leaf SET body = (SELECT body FROM leaf WHERE leaf_index = 4) WHERE leaf_index = 5", "entry 5: says"),
        ("UPDATE leaf SET body = 'text' WHERE leaf_index = 5", "entry 5: cannot be read"),
        ("UPDATE leaf SET body = 5 WHERE leaf_index = 5", "entry 5: cannot be read"),
        ("INSERT INTO leaf SELECT max(leaf_index) + 1, body FROM leaf", "entries where the signed log has"),
        ("INSERT INTO leaf VALUES (-1, x'00')", "entries where the signed log has"),
        ("DELETE FROM node WHERE level = 1 AND position = 1", "tree node 1/1: is missing or was changed"),
        ("INSERT INTO node VALUES (30, 0, x'00')", "tree nodes where the signed log has"),
        ("UPDATE node SET hash = 'text' WHERE level = 0 AND position = 3", "entry 3: was changed"),
        ("DELETE FROM record WHERE leaf_index = (SELECT min(leaf_index) FROM record)", "sealed record is missing"),
        ("UPDATE record SET kept = kept || x'00'", "its sealed record was changed or exchanged"),
        ("UPDATE record SET kept = CAST(kept || x'00' AS BLOB)", "its sealed record was changed or exchanged"),
        ("UPDATE record SET kept = 7", "its sealed record was changed or exchanged"),
        ("UPDATE record SET leaf_index = leaf_index + 900", "its sealed record is missing"),
        (
            "INSERT INTO record SELECT 0, 'x', created, 'age1x', NULL, '', kept FROM record LIMIT 1",
            "entry 0: a record",
        ),
        ("DELETE FROM delivery WHERE record_leaf = (SELECT min(record_leaf) FROM delivery)", "of its referral are not"),
        ("UPDATE referral SET recipient = 'age1other'", "of its referral are not"),
        ("DELETE FROM referral", "its referral is missing"),
        ("DELETE FROM tree_head", "log: there is none"),
        ("UPDATE tree_head SET tree_size = 'many'", "no trusted key signed"),
        ("UPDATE tree_head SET tree_size = tree_size - 1", "no trusted key signed"),
        ("UPDATE tree_head SET peaks = peaks || x'00'", "the data next to its signature was changed"),
        ("UPDATE tree_head SET peaks = CAST(peaks || x'00' AS BLOB)", "the data next to its signature was changed"),
        ("UPDATE tree_head SET signature = x'00'", "no trusted key signed"),
        ("UPDATE meta SET value = 'sightline/other' WHERE name = 'origin'", "no trusted key signed"),
    ],
)
def test_a_bent_row_is_noticed_and_named(small: Bench, statement: str, named: str) -> None:
    tamper(small, statement)
    report = small.audit()
    assert any(named in str(fault) for fault in report.faults), report.faults


def test_nothing_is_proven_from_a_tree_with_a_gap(small: Bench) -> None:
    size = small.checkpoint().size
    assert small.ledger.inclusion_proof(0, size)
    tamper(small, "DELETE FROM node WHERE level = 1 AND position = 1")
    with pytest.raises(StoreDamaged, match="node 1 of level 1 is missing"):
        small.ledger.inclusion_proof(0, size)


def test_exchanged_records_are_noticed(small: Bench) -> None:
    tamper(
        small,
        "CREATE TEMP TABLE pair AS SELECT leaf_index, kept FROM record LIMIT 2",
        "UPDATE record SET kept = (SELECT kept FROM pair WHERE pair.leaf_index != record.leaf_index)"
        " WHERE leaf_index IN (SELECT leaf_index FROM pair)",
    )
    assert sum("changed or exchanged" in str(fault) for fault in small.audit().faults) == 2


def test_a_log_of_another_key_is_not_trusted(small: Bench) -> None:
    report = audit_store(small.path, (ScannerKey.new().public,))
    assert isinstance(report, AuditReport)
    assert [fault.where for fault in report.faults] == ["tree head"]


def test_a_log_that_grew_holds_against_an_earlier_checkpoint(small: Bench) -> None:
    earlier = small.checkpoint()
    small.visit(3, "visit-3")
    assert small.audit(earlier).holds
    assert small.audit(small.checkpoint()).holds


def test_an_older_copy_put_back_is_noticed_by_a_checkpoint_kept_elsewhere(small: Bench) -> None:
    small.ledger.close()
    older = small.path.read_bytes()
    small.ledger = small.opened()
    small.visit(3, "visit-3")
    kept_elsewhere = small.checkpoint()
    small.ledger.close()
    small.path.write_bytes(older)
    assert small.audit().holds  # alone, the older copy is a whole log
    assert any("cut off" in str(fault) for fault in small.audit(kept_elsewhere).faults)


def test_a_past_rewritten_with_the_scanners_own_key_is_noticed(small: Bench) -> None:
    kept_elsewhere = small.checkpoint()
    tape = rewritten(tape_of(small), lambda body: body.replace(b'"run-1"', b'"run-2"'))
    assert audited(tape).holds  # the thief of the key can sign another past
    report = Audit(tape, TRUSTED, kept_elsewhere).run()
    assert any("the log was rewritten" in str(fault).lower() for fault in report.faults)


def test_a_checkpoint_of_another_log_is_refused(small: Bench) -> None:
    other = replace(small.checkpoint(), origin="sightline/other")
    assert any("of another log" in str(fault) for fault in small.audit(other).faults)


def rewritten(tape: Tape, change: Callable[[bytes], bytes]) -> Tape:
    """The same log with other entries, a tree that fits them, and the scanner's own signature."""
    head, frontier = tape.kept_head, Frontier()
    assert head is not None
    tape.kept_leaves = [(index, change(body)) for index, body in tape.kept_leaves]
    nodes = [node for _, body in tape.kept_leaves for node in frontier.append(leaf_hash(body))]
    tape.kept_nodes = {(level, position): value for level, position, value in nodes}
    signature = Checkpoint(head.origin, head.size, frontier.root()).sign(KEYS.signing)
    tape.kept_head = replace(head, peaks=frontier.peaks, signature=signature)
    return tape


def test_open_visits_and_fetches_are_counted_and_are_no_fault(bench: Bench) -> None:
    claim = bench.claim()
    bench.intend(claim, 3)
    report = bench.audit()
    assert report.holds
    assert (report.open_visits, report.open_fetches) == (1, 3)


def test_many_faults_are_counted_and_the_first_are_named(bench: Bench) -> None:
    for _ in range(MOST_FAULTS + 20):
        bench.ledger.note(Kind.POLICY, {})
    tamper(bench, "UPDATE leaf SET body = x'00'")
    report = bench.audit()
    assert len(report.faults) == MOST_FAULTS
    assert report.fault_count > MOST_FAULTS


def test_a_log_longer_than_one_chunk_is_audited_whole(bench: Bench) -> None:
    claim = bench.claim()
    for _ in range(3):
        leaves = bench.intend(claim, 700)
        bench.ledger.conclude(claim, [bench.ended(leaf) for leaf in leaves], bench.told(picture(1)))
    bench.end(claim)
    seen: list[tuple[int, int]] = []
    report = audit_store(bench.path, TRUSTED, progress=lambda done, of: seen.append((done, of)))
    assert isinstance(report, AuditReport)
    assert report.holds
    assert seen[-1] == (report.size, report.size) == (bench.checkpoint().size,) * 2
    tamper(bench, "DELETE FROM leaf WHERE leaf_index = 3000")
    assert any(str(fault).startswith("entry 3000: is missing") for fault in bench.audit().faults)


def test_every_flip_in_the_file_is_noticed_or_changes_nothing_of_the_log(small: Bench) -> None:
    small.ledger.close()
    whole, before = small.path.read_bytes(), tape_of(small)
    noticed = 0
    for at in range(0, len(whole), 1009):
        small.path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :])
        report = audit_store(small.path, TRUSTED)
        if isinstance(report, Refused) or not report.holds:
            noticed += 1
        else:
            assert tape_of(small) == before, at
    assert noticed > 10  # the control: most of the file is the log
    small.path.write_bytes(whole)
    assert small.audit().holds


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    for name, content in (("missing", None), ("empty", b""), ("text", b"hello" * 100)):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        assert isinstance(audit_store(tmp_path / name, TRUSTED), Refused), name
    assert not (tmp_path / "missing").exists()
