"""What a recipient must not overlook is said in words: when to destroy, and which pictures are one look."""

from collections.abc import Iterator
from csv import DictReader
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reports.formats.csv_table import csv_bytes
from reports.formats.pdf_text import document
from reports.page import page as html_page
from reports.page_findings import near
from reports.referral_form import Referral
from scanner.cli.received import destroy_words
from tests.referral.examples import ADDRESS, MATCHED, NO_MATCH, NOON, OTHER_ADDRESS, fingerprint, page, sighting
from tests.referral.ledgers import Desk
from tests.referral.test_referral import referred

ALIKE = "one of 2 that look alike, on 2 sites together (cluster 1)"


@pytest.fixture
def stacked(tmp_path: Path) -> Iterator[Referral]:
    """A known picture and one that is nearly the same on another site, and one that stands alone."""
    desk = Desk(tmp_path)
    original = sighting("a.jpg", MATCHED)
    readings = original.fingerprint.readings
    close = replace(readings[0], pdq=bytes([readings[0].pdq[0] ^ 0b111]) + readings[0].pdq[1:])
    twin = replace(fingerprint("twin"), readings=(close, *readings[1:]))
    desk.visit(page(original, sighting("c.jpg", NO_MATCH)))
    elsewhere = f"http://{OTHER_ADDRESS}/"
    desk.visit(page(replace(sighting("b.jpg", MATCHED), fingerprint=twin), url=elsewhere), address=OTHER_ADDRESS)
    yield referred(desk)
    desk.ledger.close()


def test_near_duplicates_say_how_many_they_are_and_on_how_many_sites(stacked: Referral) -> None:
    assert sorted(near(image) for image in stacked.images) == ["", ALIKE, ALIKE]
    assert ADDRESS in {name for image in stacked.images for name in image.addresses}


def test_page_pdf_and_table_say_it(stacked: Referral) -> None:
    assert ALIKE in html_page(stacked).decode()
    assert ALIKE in str(document(stacked))
    rows = DictReader(csv_bytes(stacked).decode().splitlines())
    cells = sorted((row["cluster"], row["cluster_pictures"], row["cluster_sites"]) for row in rows)
    assert cells == [("0", "0", "0"), ("1", "2", "2"), ("1", "2", "2")]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=31), "destroy by 2026-11-23 12:00 UTC"),
        (timedelta(days=30), "destroy by 2026-11-23 12:00 UTC: 30 days left"),
        (timedelta(days=1, hours=2), "destroy by 2026-11-23 12:00 UTC: 1 day left"),
        (timedelta(hours=2), "destroy by 2026-11-23 12:00 UTC: less than a day left"),
        (timedelta(0), "DESTROY NOW: the mandate said to destroy by 2026-11-23 12:00 UTC; that date has passed"),
    ],
)
def test_a_date_of_destruction_that_is_near_or_past_is_said(left: timedelta, said: str) -> None:
    assert destroy_words(NOON, NOON - left) == said
