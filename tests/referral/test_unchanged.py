"""Pages found unchanged, as the recipient reads them: joined with the record that describes them, if it is here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.canonical import plain_form
from reports.record.standing import Standing
from reports.referral.assemble import assemble
from reports.referral.image_model import ImageReport, StillUp
from reports.referral.model import Referral
from reports.referral.site_model import PageReport
from reports.schemas import REFERRAL, departure
from reports.sighting import FailedPicture, NotFetched, NotFetchedReason, PageSeen
from tests.referral.examples import MATCHED, NO_MATCH, NOON, PAGE_URL, page, place, sighting
from tests.referral.ledgers import Desk

A_DAY = timedelta(days=1)
KNOWN, NEW = sighting("known.jpg", MATCHED), sighting("new.jpg", NO_MATCH)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def described(desk: Desk, *pages: PageSeen) -> list[int]:
    """A visit that describes these pages; the places of their records in the log."""
    before = {stored.leaf_index for stored in desk.ledger.undelivered(desk.recipient)}
    desk.visit(*pages)
    leaves = [stored.leaf_index for stored in desk.ledger.undelivered(desk.recipient)]
    return [leaf for leaf in leaves if leaf not in before][: len(pages)]


def again(since: int, pictures: int, days: int, url: str = PAGE_URL) -> PageSeen:
    return replace(page(url=url, at=NOON + days * A_DAY), since=since, unchanged=pictures)


def a_day_later(desk: Desk, *pages: PageSeen) -> None:
    desk.now += A_DAY
    desk.visit(*pages)


def file(desk: Desk) -> VerifiedReferral:
    (made,) = desk.dispatched()
    opened = open_bundle(made.path.read_bytes(), desk.identity, desk.key.public)
    assert isinstance(opened, VerifiedReferral), str(opened)
    return opened


def read(*files: VerifiedReferral) -> Referral:
    referral = assemble(files, "0.1.0")
    assert departure(plain_form(referral), REFERRAL) == ""
    return referral


def images(referral: Referral) -> dict[str, ImageReport]:
    every = (*referral.images, *referral.updates, *referral.others)
    return {one.sightings[0].place.url.rpartition("/")[2]: one for one in every}


def pages(referral: Referral) -> Sequence[PageReport]:
    return [page for site in referral.sites for page in site.pages]


def test_it_is_joined_with_the_record_in_the_same_file(desk: Desk) -> None:
    (leaf,) = described(desk, page(KNOWN, NEW))
    a_day_later(desk, again(leaf, 2, 1))
    a_day_later(desk, again(leaf, 2, 2))
    referral = read(file(desk))
    found = images(referral)
    assert found.keys() == {"known.jpg", "new.jpg"}
    for one in found.values():
        (seen,) = one.sightings
        assert (seen.fetched_from.day, one.last_seen) == (NOON.day, NOON + 2 * A_DAY)
        assert (seen.seen_unchanged, one.times_seen, one.still_up) == (2, 3, StillUp.YES)
        assert one.first_seen < one.last_seen
    first, *later = pages(referral)
    assert not first.unchanged
    assert [(one.unchanged, one.described_in) for one in later] == [(True, first.record_id)] * 2
    assert referral.limits.pages_described_elsewhere == 0
    assert referral.coverage.counts.unchanged == 4
    assert referral.coverage.counts.matched == 1


def test_it_is_joined_over_two_files_in_whatever_order_they_are_given(desk: Desk) -> None:
    (leaf,) = described(desk, page(KNOWN, NEW))
    first = file(desk)
    a_day_later(desk, again(leaf, 2, 1))
    second = file(desk)
    for files in ((first, second), (second, first)):
        referral = read(*files)
        assert {one.times_seen for one in images(referral).values()} == {2}
        assert [one.described_in for one in pages(referral)] == ["", pages(referral)[0].record_id]
        assert referral.limits.pages_described_elsewhere == 0


def test_without_the_earlier_record_nothing_is_made_up(desk: Desk) -> None:
    (leaf,) = described(desk, page(KNOWN, NEW))
    file(desk)
    a_day_later(desk, again(leaf, 2, 1))
    referral = read(file(desk))
    assert images(referral) == {}
    (one,) = pages(referral)
    assert (one.unchanged, one.described_in, one.counts.pictures, one.counts.matched) == (True, "", 2, 0)
    assert referral.limits.pages_described_elsewhere == 1


@pytest.mark.parametrize("how", ["failed", "not fetched"])
def test_a_picture_that_could_not_be_had_now_was_not_seen_again_and_the_others_were(desk: Desk, how: str) -> None:
    (leaf,) = described(desk, page(KNOWN, NEW))
    seen = again(leaf, 1, 1)
    gone = place("known.jpg")
    missing = (
        replace(seen, failed=(FailedPicture(gone, (), "HTTP 404"),))
        if how == "failed"
        else replace(seen, not_fetched=(NotFetched(gone, NotFetchedReason.PAGE_BUDGET),))
    )
    a_day_later(desk, missing)
    found = images(read(file(desk)))
    assert found["known.jpg"].sightings[0].seen_unchanged == 0
    assert found["known.jpg"].last_seen < NOON + A_DAY
    assert found["known.jpg"].still_up is StillUp.NO
    assert found["new.jpg"].sightings[0].seen_unchanged == 1
    assert found["new.jpg"].last_seen == NOON + A_DAY


def test_an_inline_picture_is_there_whenever_its_page_is(desk: Desk) -> None:
    """It has no URL of its own: that of another picture which is missing too must not be taken for it."""
    inline = replace(KNOWN, place=replace(KNOWN.place, url=""))
    (leaf,) = described(desk, page(inline))
    nameless = FailedPicture(replace(place(""), url=""), (), "deadline passed")
    a_day_later(desk, replace(again(leaf, 1, 1), failed=(nameless,)))
    (one,) = read(file(desk)).images
    assert (one.sightings[0].seen_unchanged, one.still_up) == (1, StillUp.YES)


def test_it_speaks_of_the_record_that_it_names_and_of_no_other(desk: Desk) -> None:
    other = page(sighting("other.jpg", MATCHED, PAGE_URL + "2"), url=PAGE_URL + "2")
    leaves = described(desk, page(KNOWN), other)
    a_day_later(desk, again(leaves[1], 1, 1, PAGE_URL + "2"))
    found = images(read(file(desk)))
    assert {name: one.sightings[0].seen_unchanged for name, one in found.items()} == {"known.jpg": 0, "other.jpg": 1}


def test_a_page_described_anew_is_a_sighting_of_its_own(desk: Desk) -> None:
    """The control: what is not unchanged is told twice, and the later record is what is seen again from then on."""
    described(desk, page(KNOWN))
    desk.now += A_DAY
    later = replace(KNOWN, fetched_from=NOON + A_DAY, fetched_until=NOON + A_DAY)
    (leaf,) = described(desk, page(later, at=NOON + A_DAY))
    a_day_later(desk, again(leaf, 1, 2))
    (one,) = read(file(desk)).images
    assert one.standing is Standing.KNOWN
    assert sorted(seen.seen_unchanged for seen in one.sightings) == [0, 1]
    assert one.times_seen == 3
