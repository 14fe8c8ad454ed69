"""What must be destroyed by a date is gone then: from the store, from every copy of it, and from the outbox."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Refused
from reports.ledger.ledger import RETENTION, Addressed, Ledger
from reports.ledger.retention import RetentionKeys
from reports.log.entry import Kind
from reports.store.errors import StoreDamaged
from scanner.referrals.destruction import destroy_due
from scanner.referrals.dispatch import make_again
from tests.referral.examples import MATCHED, mandate, page, sighting
from tests.referral.ledgers import Desk
from tests.reports.benches import A_DAY, NOON, RECIPIENT, RECORD, Bench

DATE = NOON + 9 * A_DAY


def keep(bench: Bench, destroy_by: datetime | None) -> str:
    claim = bench.claim()
    (record_id,) = bench.ledger.conclude(claim, [], (Addressed(RECIPIENT, RECORD, (), destroy_by),))
    bench.ledger.release(claim)
    return record_id


@given(st.binary(max_size=300), st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - made aware below
def test_what_was_wrapped_is_unwrapped(tmp_path_factory: pytest.TempPathFactory, sealed: bytes, date: datetime) -> None:
    keys = RetentionKeys(tmp_path_factory.mktemp("keys"))
    date = date.astimezone(NOON.tzinfo)
    kept = keys.wrap(date, sealed)
    assert len(kept) == len(sealed) + 28
    assert RetentionKeys(keys._folder).unwrap(date, kept) == sealed
    assert keys.unwrap(None, keys.wrap(None, sealed)) == sealed


def test_on_its_date_it_is_destroyed_and_not_before(bench: Bench) -> None:
    keep(bench, DATE)
    stays = keep(bench, None)
    later = keep(bench, DATE + A_DAY)
    assert not bench.ledger.destroy_due()
    bench.now = DATE - timedelta(seconds=1)
    assert not bench.ledger.destroy_due()
    bench.now = DATE
    (gone,) = bench.ledger.destroy_due()
    assert (gone.records, gone.unsent) == (1, 1)
    assert [stored.record_id for stored in bench.ledger.undelivered(RECIPIENT)] == [stays, later]
    assert not bench.ledger.destroy_due()
    (entry,) = [entry for entry in bench.entries() if entry.kind is Kind.RECORDS_DESTROYED]
    assert entry.details == {"destroy_by": "2026-12-02T12:00:00.000Z", "records": 1, "unsent": 1}
    assert bench.audit().holds


def test_no_copy_of_the_store_can_be_read_afterwards(bench: Bench, tmp_path: Path) -> None:
    """The control: with the key it can."""
    keep(bench, DATE)
    bench.ledger.close()
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "store.sqlite3").write_bytes(bench.path.read_bytes())
    (copy / "store.sqlite3").chmod(0o600)
    bench.ledger = bench.opened()
    control = Bench(copy, bench.keys)
    with pytest.raises(StoreDamaged, match="does not exist"):
        list(control.ledger.undelivered(RECIPIENT))
    folder = copy / RETENTION
    folder.mkdir(mode=0o700, exist_ok=True)
    for key in (bench.folder / RETENTION).iterdir():
        (folder / key.name).write_bytes(key.read_bytes())
        (folder / key.name).chmod(0o600)
    assert len(list(control.ledger.undelivered(RECIPIENT))) == 1
    control.ledger.close()
    bench.now = DATE
    bench.ledger.destroy_due()
    assert not list((bench.folder / RETENTION).iterdir())


def test_killed_before_the_key_was_destroyed_the_next_start_does_it(bench: Bench) -> None:
    keep(bench, DATE)
    (key,) = (bench.folder / RETENTION).iterdir()
    secret = key.read_bytes()
    bench.now = DATE
    bench.ledger.destroy_due()
    key.write_bytes(secret)  # as if the kill had come between the log and the key
    key.chmod(0o600)
    (again,) = bench.ledger.destroy_due()
    assert (again.records, again.unsent) == (1, 0)
    assert not key.exists()


def test_an_exchanged_key_is_damage_and_is_said(bench: Bench) -> None:
    keep(bench, DATE)
    (key,) = (bench.folder / RETENTION).iterdir()
    key.write_bytes(bytes(32))
    bench.ledger.close()
    bench.ledger = bench.opened()
    with pytest.raises(StoreDamaged, match="does not open"):
        list(bench.ledger.undelivered(RECIPIENT))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def destroyed(ledger: Ledger, desk: Desk) -> None:
    date = mandate().destroy_by
    assert date is not None
    desk.now = date
    destroy_due(ledger, desk.directory / "outbox")


def test_a_referral_that_lies_here_goes_too_and_cannot_be_written_again(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", MATCHED)))
    (made,) = desk.dispatched()
    again = make_again(desk.ledger, desk.unit(), desk.directory / "outbox", made.referral_id)
    assert not isinstance(again, Refused)  # the control
    destroyed(desk.ledger, desk)
    assert not made.path.exists()
    refused = make_again(desk.ledger, desk.unit(), desk.directory / "outbox", made.referral_id)
    assert isinstance(refused, Refused)
    assert "destroyed by" in str(refused)


def test_what_was_destroyed_keeps_nothing_else_back(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", MATCHED)))
    destroyed(desk.ledger, desk)
    assert not desk.dispatched()
    desk.now += timedelta(days=1)
    claim = desk.claim(replace(desk.visit(), visit_id="00000000-0000-4000-8000-000000000099"))
    desk.ledger.conclude(claim, (), (Addressed(desk.recipient, RECORD),))
    (made,) = desk.dispatched()
    assert made.records >= 1
