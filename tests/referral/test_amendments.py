"""An entry that its issuer takes back: the recipient is told, and what rested on it alone is a finding no more."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from matcher.verdict import Tier, Verdict
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.canonical import plain_form
from reports.crypto.seal import seal
from reports.formats import FORMS
from reports.formats.html.page import page as html_page
from reports.record.standing import Standing
from reports.referral.assemble import assemble
from reports.referral.image_model import ImageReport
from reports.referral.model import Referral
from reports.schemas import REFERRAL, departure
from reports.sighting import PageSeen
from scanner.cli.commands.open_referral import show_referral
from scanner.hash_lists.withdrawal import Withdrawal, withdraw
from tests.referral.examples import MATCHED, NO_MATCH, PAGE_URL, SENDER, match, page, sighting
from tests.referral.ledgers import Desk

TWICE = Verdict(MATCHED.outcome, (match(), match(Tier.NEAR, entry="entry-2")))
OTHER = Verdict(MATCHED.outcome, (match(entry="entry-3"),))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.ledger.close()


def take_back(desk: Desk, *entries: str) -> str:
    desk.now += timedelta(days=1)
    withdrawal = Withdrawal("example", "Example Issuer", entries, "listed by mistake")
    (record_id,) = withdraw(desk.ledger, withdrawal, SENDER, desk.clock, test=True)
    return record_id


def received(desk: Desk) -> VerifiedReferral:
    (made,) = desk.dispatched()
    opened = open_bundle(made.path.read_bytes(), desk.identity, desk.key.public)
    assert isinstance(opened, VerifiedReferral), str(opened)
    return opened


def after(desk: Desk, pages: Sequence[PageSeen], *entries: str) -> tuple[Referral, VerifiedReferral]:
    """The referral over both files: what was found, and what was taken back later."""
    desk.visit(*pages)
    first = received(desk)
    take_back(desk, *entries)
    second = received(desk)
    return assemble([first, second], "0.1.0"), first


def test_a_picture_that_matched_only_a_withdrawn_entry_is_taken_back(desk: Desk) -> None:
    referral, first = after(
        desk, [page(sighting("a.jpg", MATCHED)), page(sighting("b.jpg", OTHER), url=PAGE_URL + "2")], "entry-1"
    )
    assert [image.sightings[0].place.url[-5:] for image in referral.taken_back] == ["a.jpg"]
    assert [image.sightings[0].place.url[-5:] for image in referral.images] == ["b.jpg"]
    assert referral.identity.state == "amendment"
    assert referral.identity.supersedes == (first.manifest.referral_id,)
    assert departure(plain_form(referral), REFERRAL) == ""


def test_a_picture_with_another_match_stands(desk: Desk) -> None:
    referral, _ = after(desk, [page(sighting("a.jpg", TWICE))], "entry-1")
    assert referral.taken_back == ()
    assert len(referral.images) == 1


def test_what_stood_beside_only_withdrawn_ones_is_taken_back_too(desk: Desk) -> None:
    pages = [
        page(sighting("a.jpg", MATCHED), sighting("new.jpg", NO_MATCH)),
        page(sighting("b.jpg", MATCHED), sighting("c.jpg", OTHER), sighting("newer.jpg", NO_MATCH), url=PAGE_URL + "2"),
    ]
    referral, _ = after(desk, pages, "entry-1")
    back = {image.sightings[0].place.url.rpartition("/")[2] for image in referral.taken_back}
    assert back == {"a.jpg", "new.jpg", "b.jpg"}
    assert Standing.UNKNOWN_BESIDE_KNOWN in {image.standing for image in referral.images}


def test_what_is_found_after_the_withdrawal_is_not_touched(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", MATCHED)))
    first = received(desk)
    take_back(desk, "entry-1")
    desk.visit(page(sighting("d.jpg", MATCHED), url=PAGE_URL + "9"))
    referral = assemble([first, received(desk)], "0.1.0")
    assert [image.sightings[0].place.url[-5:] for image in referral.images] == ["d.jpg"]


def test_an_entry_that_is_listed_again_makes_its_finding_news_again(desk: Desk) -> None:
    """An amendment took back what was said; what is found by the same entry later was not referred before."""
    desk.visit(page(sighting("a.jpg", MATCHED), sighting("b.jpg", OTHER)))
    first = received(desk)
    take_back(desk, "entry-1")
    second = received(desk)
    desk.now += timedelta(days=1)
    desk.visit(page(sighting("a.jpg", MATCHED, at=desk.now), sighting("b.jpg", OTHER, at=desk.now), at=desk.now))
    third = received(desk)
    alone, together = assemble([third], "0.1.0"), assemble([first, second, third], "0.1.0")
    assert names(alone.images) == ["a.jpg"]
    assert names(alone.updates) == ["b.jpg"]
    assert names(together.taken_back) == []
    assert set(names(together.images)) == {"a.jpg", "b.jpg"}
    desk.now += timedelta(days=1)
    desk.visit(page(sighting("a.jpg", MATCHED, at=desk.now), at=desk.now))
    assert names(assemble([received(desk)], "0.1.0").updates) == ["a.jpg"]


def names(images: Sequence[ImageReport]) -> list[str]:
    return [image.sightings[0].place.url[-5:] for image in images]


def test_an_entry_that_touched_nothing_is_told_and_supersedes_nothing(desk: Desk) -> None:
    referral, _ = after(desk, [page(sighting("a.jpg", MATCHED))], "entry-7")
    assert [(one.entry_id, one.records) for one in referral.amendments] == [("entry-7", ())]
    assert referral.identity.state == "new"
    assert len(referral.images) == 1


def test_an_amendment_alone_can_be_read(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", MATCHED)))
    received(desk)
    take_back(desk, "entry-1")
    referral = assemble([received(desk)], "0.1.0")
    assert referral.identity.state == "amendment"
    assert departure(plain_form(referral), REFERRAL) == ""
    assert "listed by mistake" in html_page(referral).decode()
    assert all(make(referral) for make in FORMS.values())


def test_an_amendments_size_does_not_tell_whether_it_touches_anything(desk: Desk) -> None:
    desk.visit(*(page(sighting(f"{number}.jpg", MATCHED), url=f"{PAGE_URL}{number}") for number in range(20)))
    take_back(desk, "entry-1")
    take_back(desk, "entry-9")
    sizes = [len(record.sealed) for record in desk.ledger.undelivered(desk.recipient)][-2:]
    assert abs(sizes[0] - sizes[1]) < 400  # age adds a few random bytes of its own
    assert min(sizes) > len(seal(bytes(60_000), [desk.recipient])) - 400


def test_the_store_cannot_tell_which_records_name_an_entry(desk: Desk) -> None:
    desk.visit(page(sighting("a.jpg", MATCHED)), page(sighting("b.jpg", NO_MATCH), url=PAGE_URL + "2"))
    with closing(sqlite3.connect(desk.directory / desk.store)) as connection:
        tokens = [bytes(row[0]) for row in connection.execute("SELECT tokens FROM citation")]
    assert {len(one) for one in tokens} == {32}
    assert all(one[:8] <= one[8:16] <= one[16:24] <= one[24:] for one in tokens)


def test_the_terminal_names_what_was_taken_back(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    referral, _ = after(desk, [page(sighting("a.jpg", MATCHED))], "entry-1")
    show_referral(referral)
    said = capsys.readouterr().out
    assert "entry-1 of example: listed by mistake" in said
    assert "1 picture no longer" in said
