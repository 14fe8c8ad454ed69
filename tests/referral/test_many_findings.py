"""Many findings opened together: what is kept of each is small, and its picture is whole when it is asked for."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from reports.bundle.lazy_sequence import LazySequence
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.canonical import canonical, canonical_pieces, plain_form
from reports.formats import FORMS, pieces_of
from reports.record.model import PageRecord, PictureRecord
from reports.referral.assemble import assemble
from reports.schemas import REFERRAL, departure
from scanner.cli.commands.open_referral import departure_of
from tests.referral.examples import MATCHED, page, sighting
from tests.referral.ledgers import Desk
from tests.referral.opened import opened_referral

PICTURES = 300
KEPT_BYTES = 1_000
"""Of a finding with hashes, one match and its fetch, among others of its page."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.visit(page(*(sighting(f"{number}.jpg", MATCHED) for number in range(PICTURES))))
    (made,) = desk.dispatched()
    desk.ledger.close()
    return made.path.read_bytes(), desk


def opened(file: tuple[bytes, Desk]) -> VerifiedReferral:
    one = open_bundle(file[0], file[1].identity, file[1].key.public)
    assert isinstance(one, VerifiedReferral)
    return one


def pictures(one: VerifiedReferral) -> Sequence[PictureRecord]:
    content = one.records[0].content
    assert isinstance(content, PageRecord)
    return content.pictures


def test_little_is_kept_of_each(file: tuple[bytes, Desk]) -> None:
    opened(file)  # what is made once: compiled schemas, readers
    tracemalloc.start()
    held = opened(file)
    kept, _ = tracemalloc.get_traced_memory()
    as_objects = list(pictures(held))  # the control: what they take when they are not packed
    more, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(as_objects) == PICTURES
    assert kept < PICTURES * KEPT_BYTES < more - kept


def test_each_is_whole_when_it_is_asked_for(file: tuple[bytes, Desk]) -> None:
    one = pictures(opened(file))
    assert len({picture.image.sha256 for picture in one}) == PICTURES
    assert one[7] == list(one)[7]
    assert list(one[-2:]) == list(one)[-2:]
    with pytest.raises(IndexError):
        one[PICTURES]


def test_a_referral_written_piece_by_piece_is_the_same(tmp_path: Path) -> None:
    referral = opened_referral(tmp_path)
    assert isinstance(referral.images, LazySequence)
    assert b"".join(canonical_pieces(referral)) == canonical(referral)
    for form, make in FORMS.items():
        if form != "pdf":
            assert b"".join(pieces_of(form, referral)) == make(referral)


def test_a_picture_that_departs_from_the_schema_is_found(file: tuple[bytes, Desk]) -> None:
    referral = assemble([opened(file)], "0")
    assert departure_of(referral) == departure(plain_form(referral), REFERRAL) == ""
    bent = replace(referral.images[0], times_seen=-1)
    assert "minimum" in departure_of(replace(referral, images=(bent,)))
    assert departure_of(replace(referral, review=replace(referral.review, statement=7)))  # type: ignore[arg-type] # bent


def test_made_sequences_are_equal_to_what_they_hold() -> None:
    made = LazySequence(3, lambda number: number * number)
    assert made == (0, 1, 4)
    assert made != (0, 1)
    assert made != 7
    assert (made[-1], list(made[1:]), 4 in made) == (4, [1, 4], True)
