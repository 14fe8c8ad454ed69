"""A recipient that changes its key stays the same recipient: nothing is lost, and nothing is told anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.bundle.checks import Check, CheckState
from reports.bundle.verify import verify
from reports.record.build import sighting_keys
from tests.referral.examples import MATCHED, POLICY, page, sighting
from tests.referral.ledgers import Desk

SEEN = page(sighting("a.jpg", MATCHED))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def test_what_waits_goes_out_to_the_new_key(desk: Desk) -> None:
    desk.visit(SEEN)
    desk.change_key()
    desk.visit(page(sighting("b.jpg", MATCHED)))
    (made,) = desk.dispatched()
    assert made.records == 4
    told = verify(made.path.read_bytes(), desk.identity, desk.key.public)
    assert told.verified


def test_the_new_key_alone_does_not_open_what_was_sealed_before(desk: Desk) -> None:
    """The control: the earlier key is needed, and the check says which records do not open."""
    desk.visit(SEEN)
    desk.change_key()
    (made,) = desk.dispatched()
    _, newest = desk.identity.split()
    told = verify(made.path.read_bytes(), newest, desk.key.public)
    assert {result.check: result.state for result in told.results}[Check.OPENS] is CheckState.FAILS
    assert not told.verified


def test_the_old_key_opens_nothing_that_is_sealed_after(desk: Desk) -> None:
    desk.change_key()
    desk.visit(SEEN)
    (made,) = desk.dispatched()
    oldest, newest = desk.identity.split()
    assert not verify(made.path.read_bytes(), oldest, desk.key.public).verified
    assert verify(made.path.read_bytes(), newest, desk.key.public).verified


def test_what_was_told_is_not_told_anew(desk: Desk) -> None:
    desk.visit(SEEN)
    (first,) = desk.dispatched()
    desk.change_key()
    (key,) = sighting_keys(SEEN, POLICY)
    assert desk.ledger.novelty(desk.recipient, [key])[0].referred_before
    desk.visit(SEEN)
    (second,) = desk.dispatched()
    assert (first.sequence, second.sequence) == (1, 2)
