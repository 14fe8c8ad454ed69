"""A referral in other forms: each keeps its identifiers, is the same each time, and is what its validator expects."""

import csv
import json
import zipfile
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from reports.formats import FORMS
from reports.formats.tables import as_text, every_table
from reports.formats.tables.form import FORMULA_BEGINS
from reports.formats.uri import as_uri
from reports.referral.model import Referral
from tests.referral.examples import (
    INFO_HASH,
)
from tests.referral.opened import opened_referral

STIX_VALIDATOR = pytest.mark.skipif(find_spec("stix2validator") is None, reason="stix2-validator is not installed")
CASE_VALIDATOR = pytest.mark.skipif(find_spec("case_utils") is None, reason="case-utils is not installed")


@pytest.fixture(scope="module")
def referral(tmp_path_factory: pytest.TempPathFactory) -> Referral:
    return opened_referral(tmp_path_factory.mktemp("desk"))


def digests(referral: Referral) -> set[str]:
    return {image.image.sha256.hex() for image in (*referral.images, *referral.taken_back)}


@pytest.mark.parametrize("name", list(FORMS))
def test_every_form_is_the_same_each_time(referral: Referral, name: str) -> None:
    assert FORMS[name](referral) == FORMS[name](referral)


@pytest.mark.parametrize("name", ["json", "html", "csv", "stix", "case", "vics"])
def test_every_form_keeps_the_identifiers(referral: Referral, name: str) -> None:
    text = FORMS[name](referral).decode().lower()
    assert referral.identity.referral_id in text
    assert all(digest in text for digest in digests(referral))


@pytest.mark.parametrize("name", ["json", "html", "stix", "case"])
def test_every_form_that_can_keeps_what_pages_name(referral: Referral, name: str) -> None:
    assert INFO_HASH.hex() in FORMS[name](referral).decode()


def test_csv_has_one_line_for_each_sighting_and_no_formula(referral: Referral) -> None:
    header, *rows = csv.reader(StringIO(FORMS["csv"](referral).decode(), newline=""))
    assert len(rows) == sum(
        len(image.sightings) for image in (*referral.images, *referral.others, *referral.taken_back)
    )
    assert {row[header.index("sha256")] for row in rows} == digests(referral)
    assert not [cell for row in rows for cell in row if cell[:1] in FORMULA_BEGINS]
    assert [cell for row in rows for cell in row if cell.startswith("'=")]


@pytest.mark.parametrize("begin", sorted(FORMULA_BEGINS))
def test_a_formula_is_quoted(begin: str) -> None:
    assert as_text([f"{begin}1+1", -1]) == [f"'{begin}1+1", "-1"]


def test_no_table_holds_a_link_or_a_hidden_character(referral: Referral) -> None:
    cells = [cell for one in every_table(referral) for row in one.rows for cell in row if isinstance(cell, str)]
    assert not [cell for cell in cells if "http:" in cell or "\u202e" in cell or "\x00" in cell]


def test_the_workbook_holds_every_table_as_plain_cells(referral: Referral) -> None:
    with zipfile.ZipFile(BytesIO(FORMS["xlsx"](referral))) as archive:
        parts = {name: BeautifulSoup(archive.read(name), "xml") for name in archive.namelist()}
    sheets = [part for name, part in parts.items() if name.startswith("xl/worksheets/")]
    tables = every_table(referral)
    assert len(sheets) == len(tables)
    for sheet, table in zip(sheets, tables, strict=True):
        assert sheet.find_all(["f", "hyperlink", "hyperlinks"]) == []
        assert len(sheet.find_all("row")) == len(table.rows) + 1


def test_vics_gives_every_medium_its_md5_and_leaves_categories_open(referral: Referral) -> None:
    (case,) = json.loads(FORMS["vics"](referral))["value"]
    assert case["CaseID"] == referral.identity.referral_id
    assert {medium["MD5"] for medium in case["Media"]} == {
        image.image.md5.hex().upper() for image in (*referral.images, *referral.taken_back)
    }
    assert [medium["Tags"].startswith("taken back; ") for medium in case["Media"]].count(True) == len(
        referral.taken_back
    )
    assert {(medium["Category"], medium["IsPrecategorized"]) for medium in case["Media"]} == {(0, False)}


@STIX_VALIDATOR
def test_the_stix_bundle_is_valid(referral: Referral) -> None:
    validator = import_module("stix2validator")
    result = validator.validate_string(FORMS["stix"](referral).decode(), validator.ValidationOptions(version="2.1"))
    assert result.is_valid


def test_every_reference_of_the_stix_bundle_is_in_it(referral: Referral) -> None:
    bundle = json.loads(FORMS["stix"](referral))
    ids = [one["id"] for one in bundle["objects"]]
    assert len(ids) == len(set(ids))
    references = {
        name for one in bundle["objects"] for key, value in one.items() if key.endswith("_refs") for name in value
    }
    assert references <= set(ids)


def test_one_stix_report_names_every_object(referral: Referral) -> None:
    """MISP's converter takes what a report names, and makes nothing of a bundle without one."""
    objects = json.loads(FORMS["stix"](referral))["objects"]
    reports = [made for made in objects if made["type"] == "report"]
    assert len(reports) == 1
    apart = {"report", "marking-definition", "extension-definition"}
    assert set(reports[0]["object_refs"]) == {made["id"] for made in objects if made["type"] not in apart}
    assert not [made for made in objects if made["type"] == "grouping"]


@pytest.mark.slow  # it reads all ontologies
@CASE_VALIDATOR
def test_the_case_graph_is_valid(referral: Referral, tmp_path: Path) -> None:
    path = tmp_path / "referral.jsonld"
    path.write_bytes(FORMS["case"](referral))
    validate = import_module("case_utils.case_validate").validate
    assert validate(str(path), allow_infos=True).conforms


def test_every_reference_of_the_case_graph_is_in_it(referral: Referral) -> None:
    graph = json.loads(FORMS["case"](referral))["@graph"]
    ids = [one["@id"] for one in graph]
    assert len(ids) == len(set(ids))
    assert {name["@id"] for one in graph for name in one.get("uco-core:object", [])} <= set(ids)


@pytest.mark.parametrize(
    ("text", "uri"), [("http://a/b?c=d", "http://a/b?c=d"), ("http://a/<b> \u00e9", "http://a/%3Cb%3E%20%C3%A9")]
)
def test_addresses_become_uris(text: str, uri: str) -> None:
    assert as_uri(text) == uri
