"""What a record may call new: a picture is referred before only as what it is now."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.record.build import sighting_keys
from tests.referral.examples import MATCHED, NO_MATCH, POLICY, page, sighting
from tests.referral.ledgers import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def deliver(desk: Desk) -> None:
    records = [stored.record_id for stored in desk.ledger.undelivered(desk.recipient)]
    desk.ledger.mark_delivered(desk.recipient, records, f"referral-{records[0]}")


def test_a_sighting_is_referred_before_when_its_record_went_out(desk: Desk) -> None:
    known = page(sighting("a.jpg", MATCHED))
    (key,) = sighting_keys(known, POLICY)
    desk.visit(known)
    assert not desk.ledger.novelty(desk.recipient, [key])[0].referred_before
    deliver(desk)
    assert desk.ledger.novelty(desk.recipient, [key])[0].referred_before


def test_a_picture_that_was_unknown_and_is_known_now_was_not_referred_before(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", NO_MATCH)))
    deliver(desk)
    (key,) = sighting_keys(page(sighting("a.jpg", MATCHED)), POLICY)
    (news,) = desk.ledger.novelty(desk.recipient, [key])
    assert not news.referred_before
    assert news.picture_seen_before
    assert news.times_seen == 1


def test_a_picture_that_now_stands_beside_known_ones_was_not_referred_before(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", NO_MATCH)))
    deliver(desk)
    key, _ = sighting_keys(page(sighting("a.jpg", NO_MATCH), sighting("b.jpg", MATCHED)), POLICY)
    assert not desk.ledger.novelty(desk.recipient, [key])[0].referred_before
