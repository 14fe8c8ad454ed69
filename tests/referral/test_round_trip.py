"""Every form gives its identifiers back, whatever they are: the referral's, a picture's, a record's, an entry's."""

import csv
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO, StringIO
from xml.etree.ElementTree import fromstring

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.formats import FORMS
from reports.referral.image_model import ImageReport
from reports.referral.model import Referral
from tests.referral.opened import opened_referral


@pytest.fixture(scope="module")
def referral(tmp_path_factory: pytest.TempPathFactory) -> Referral:
    return opened_referral(tmp_path_factory.mktemp("desk"))


Ids = tuple[str, bytes, bytes, bytes, str, str]


def digests(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


IDS = st.tuples(
    st.uuids().map(str),
    digests(16),
    digests(20),
    digests(32),
    digests(32).map(bytes.hex),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,30}", fullmatch=True),
)


def with_ids(referral: Referral, ids: Ids) -> Referral:
    """The same referral about one picture, by these identifiers."""
    name, md5, sha1, sha256, record, entry = ids
    known = next(image for image in referral.images if image.matches)
    image = replace(
        known,
        image=replace(known.image, md5=md5, sha1=sha1, sha256=sha256),
        matches=tuple(replace(match, entry_id=entry) for match in known.matches),
        sightings=tuple(replace(one, record_id=record) for one in known.sightings),
    )
    return replace(referral, identity=replace(referral.identity, referral_id=name), images=(image,), others=())


def cells(workbook: bytes) -> list[str]:
    with zipfile.ZipFile(BytesIO(workbook)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets" in name]
    return [cell.text for sheet in sheets for cell in BeautifulSoup(sheet, "xml").find_all("t")]


def in_csv_tables(form: bytes) -> list[str]:
    with zipfile.ZipFile(BytesIO(form)) as archive:
        files = [StringIO(archive.read(name).decode(), newline="") for name in archive.namelist()]
    return [cell for file in files for row in csv.reader(file) for cell in row]


def of_json(form: bytes) -> list[str]:
    """Every text in a JSON document, and the words of those that are sentences."""
    found: list[str] = []
    todo = [json.loads(form)]
    while todo:
        one = todo.pop()
        todo += list(one.values()) if isinstance(one, dict) else one if isinstance(one, list) else []
        found += [one, *re.split(r"[\s,;:=]+", one)] if isinstance(one, str) else []
    return found


READERS: dict[str, Callable[[bytes], list[str]]] = {
    "json": of_json,
    "html": lambda form: BeautifulSoup(form, "lxml").get_text(" ").split(),
    "csv": lambda form: [cell for row in csv.reader(StringIO(form.decode(), newline="")) for cell in row],
    "csv-tables": in_csv_tables,
    "xlsx": cells,
    "stix": of_json,
    "case": of_json,
    "vics": of_json,
    "ncmec": lambda form: re.split(r"[\s,;:=]+", " ".join(fromstring(form).itertext())),  # noqa: S314 - our own
    "misp": of_json,
}
WITHOUT_ENTRIES = {"csv"}
"""One line for each sighting: what a picture matched stands in the workbook's own sheet."""
WITHOUT_RECORDS = {"html"}
"""The page shows the first 16 digits of a record at its sighting."""


@pytest.mark.parametrize("form", sorted(READERS))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=IDS)
def test_every_identifier_comes_back(referral: Referral, form: str, ids: Ids) -> None:
    name, md5, sha1, sha256, record, entry = ids
    read = {word.removesuffix(".").lower() for word in READERS[form](FORMS[form](with_ids(referral, ids)))}
    assert {md5.hex(), sha1.hex(), sha256.hex()} <= read
    assert any(word.endswith(name) for word in read)
    assert form in WITHOUT_RECORDS or record in read
    assert form in WITHOUT_ENTRIES or entry.removesuffix(".").lower() in read


def test_every_form_but_the_pdf_is_read_here(referral: Referral) -> None:
    """The PDF is read in tests/referral/test_pdf.py, and is for people."""
    assert set(READERS) == set(FORMS) - {"pdf"}
    assert isinstance(referral.images[0], ImageReport)
