"""A scanner that changes its key: old records stay proven, and who trusts the old key is led to the new one."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Refused
from reports.bundle.checks import Check, CheckState
from reports.bundle.verify import Verification, verify
from reports.crypto.signing import PublicKey, ScannerKey
from reports.ledger.ledger import Ledger
from reports.log.entry import Kind
from reports.log.key_succession import lineage, succeed
from reports.store.reading import audit_store, stored_lineage
from tests.referral.examples import MATCHED, page, sighting
from tests.referral.ledgers import Desk
from tests.reports.benches import KEYS, Bench

KEY = [ScannerKey.new() for _ in range(4)]
PUBLIC = [key.public for key in KEY]
STATEMENTS = [succeed(old, new.public) for old, new in pairwise(KEY)]


def test_statements_lead_from_the_oldest_to_the_newest() -> None:
    assert lineage(PUBLIC[3], STATEMENTS) == tuple(reversed(PUBLIC))
    assert lineage(PUBLIC[0], []) == (PUBLIC[0],)


@pytest.mark.parametrize(
    ("statements", "known"),
    [
        ([STATEMENTS[0], STATEMENTS[2]], 2),
        ([STATEMENTS[1], STATEMENTS[0]], 1),
        ([succeed(KEY[0], PUBLIC[3]), STATEMENTS[1]], 1),
        ([b"", b"sightline succession v1\n"], 1),
    ],
)
def test_a_lineage_ends_where_a_statement_is_missing(statements: list[bytes], known: int) -> None:
    assert len(lineage(PUBLIC[3], statements)) == known


@given(st.integers(0, len(STATEMENTS[2]) - 1), st.integers(1, 255))
def test_no_flipped_byte_leads_anywhere(place: int, bits: int) -> None:
    bent = bytearray(STATEMENTS[2])
    bent[place] ^= bits
    assert lineage(PUBLIC[3], [*STATEMENTS[:2], bytes(bent)]) == (PUBLIC[3],)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def change(desk: Desk) -> ScannerKey:
    new = ScannerKey.new()
    desk.ledger.hand_over(new)
    return new


def dispatched(desk: Desk, trusted: PublicKey) -> Verification:
    (made,) = desk.dispatched()
    return verify(made.path.read_bytes(), desk.identity, trusted)


def test_records_of_before_and_after_go_out_together(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", MATCHED)))
    new = change(desk)
    desk.visit(page(sighting("b.jpg", MATCHED)))
    told = dispatched(desk, new.public)
    assert told.verified
    assert told.opened is not None
    assert len(told.opened.records) == 4


def test_who_trusts_the_old_key_is_led_to_the_new_one(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", MATCHED)))
    change(desk)
    new = change(desk)
    told = dispatched(desk, desk.key.public)
    assert told.verified
    (words,) = [result.words for result in told.results if result.check is Check.SCANNER]
    assert desk.key.public.key_id in words
    assert new.public.key_id in words


def test_who_trusts_another_key_is_not(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", MATCHED)))
    change(desk)
    told = dispatched(desk, PUBLIC[0])
    assert {one.check: one.state for one in told.results}[Check.SCANNER] is CheckState.FAILS


def test_the_log_tells_it_and_goes_on_under_the_new_key(bench: Bench) -> None:
    bench.visit()
    old, earlier = bench.keys.signing.public, bench.checkpoint()
    new = ScannerKey.new()
    bench.ledger.hand_over(new)
    bench.keys = replace(bench.keys, signing=new)
    bench.visit(2, "visit-2")
    assert bench.kinds().count(Kind.KEY_RETIRED) == 1
    assert bench.audit(earlier).holds
    assert stored_lineage(bench.path, old) == (new.public, old)


def test_the_old_key_verifies_the_log_that_was_handed_over(bench: Bench) -> None:
    bench.visit()
    old = bench.keys.signing.public
    bench.ledger.hand_over(ScannerKey.new())
    report = audit_store(bench.path, (old,))
    assert not isinstance(report, Refused)
    assert report.holds
    stranger = audit_store(bench.path, (PUBLIC[0],))
    assert not isinstance(stranger, Refused)
    assert not stranger.holds


def test_the_old_key_writes_no_more(bench: Bench) -> None:
    bench.ledger.hand_over(ScannerKey.new())
    bench.ledger.close()
    refused = Ledger.open(bench.path, KEYS, bench.clock)
    assert isinstance(refused, Refused)
    assert "another key" in str(refused)
