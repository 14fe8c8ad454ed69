"""What a recipient must not overlook is said in words: when to destroy, and which pictures are one look."""

from collections.abc import Iterator
from csv import DictReader
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup

from matcher.fingerprint import Fingerprint
from reports.formats.csv_table import csv_bytes
from reports.formats.html.findings import near
from reports.formats.html.page import page as html_page
from reports.formats.pdf_text import document
from reports.formats.workbook import workbook_bytes
from reports.record.priority import PriorityReason
from reports.record.standing import Standing
from reports.referral.model import Referral
from reports.sighting import Sighting
from scanner.cli.commands.open_referral import destroy_words, show_referral
from tests.referral.examples import ADDRESS, MATCHED, NO_MATCH, NOON, OTHER_ADDRESS, fingerprint, page, sighting
from tests.referral.ledgers import Desk
from tests.referral.test_referral import referred

ALIKE = "one of 2 that look alike, on 2 sites together (cluster 1)"


def twin_of(original: Sighting) -> Fingerprint:
    """Of a picture that is nearly the same: three bits of its PDQ differ."""
    readings = original.fingerprint.readings
    close = replace(readings[0], pdq=bytes([readings[0].pdq[0] ^ 0b111]) + readings[0].pdq[1:])
    return replace(fingerprint(f"twin of {original.place.url}"), readings=(close, *readings[1:]))


@pytest.fixture
def stacked(tmp_path: Path) -> Iterator[Referral]:
    """A known picture and one that is nearly the same on another site, and one that stands alone."""
    desk = Desk(tmp_path)
    original = sighting("a.jpg", MATCHED)
    twin = twin_of(original)
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


@pytest.fixture
def new_on_two_sites(tmp_path: Path) -> Iterator[Referral]:
    """A picture that no list knows, and nearly the same on another site, each beside a known one."""
    desk = Desk(tmp_path)
    new = sighting("new.jpg", NO_MATCH)
    desk.visit(page(sighting("a.jpg", MATCHED), new))
    twin = replace(new, fingerprint=twin_of(new))
    elsewhere = f"http://{OTHER_ADDRESS}/"
    desk.visit(page(sighting("b.jpg", MATCHED), twin, url=elsewhere), address=OTHER_ADDRESS)
    yield referred(desk)
    desk.ledger.close()


def test_new_pictures_beside_known_ones_come_first_and_together(new_on_two_sites: Referral) -> None:
    first, second, *others = new_on_two_sites.images
    assert {first.standing, second.standing} == {Standing.UNKNOWN_BESIDE_KNOWN}
    assert (near(first), near(second)) == (ALIKE, ALIKE)
    assert first.priority is not None
    assert first.priority.reasons[0].reason is PriorityReason.UNKNOWN_BESIDE_KNOWN
    assert {image.standing for image in others} == {Standing.KNOWN}


def test_the_workbook_says_which_new_pictures_are_one_look(new_on_two_sites: Referral) -> None:
    with ZipFile(BytesIO(workbook_bytes(new_on_two_sites))) as archive:
        names = [one["name"] for one in BeautifulSoup(archive.read("xl/workbook.xml"), "xml").find_all("sheet")]
        sheets = {
            name: BeautifulSoup(archive.read(f"xl/worksheets/sheet{names.index(name) + 1}.xml"), "xml")
            for name in ("Pictures", "Sightings")
        }
    for sheet in sheets.values():
        header, *rows = [
            {str(cell["r"]).rstrip("0123456789"): cell.get_text() for cell in row.find_all("c")}
            for row in sheet.find_all("row")
        ]
        column = {name: place for place, name in header.items()}
        wanted = ("standing", "cluster", "cluster_pictures", "cluster_sites")
        told = [tuple(row.get(column[name], "") for name in wanted) for row in rows]
        assert told[:2] == [("unknown beside known", "1", "2", "2")] * 2
        assert [one[1:] for one in told[2:]] == [("0", "0", "0")] * 2


def test_the_terminal_says_which_new_pictures_are_one_look(
    new_on_two_sites: Referral, capsys: pytest.CaptureFixture[str]
) -> None:
    show_referral(new_on_two_sites)
    lines = [line for line in capsys.readouterr().out.splitlines() if "on 2 sites" in line]
    assert len(lines) == 2


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
