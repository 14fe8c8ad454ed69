"""The PDF, as another program reads it: tagged, the same bytes each time, no picture, no link, nothing as markup."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from reports.formats.pdf import pdf_bytes
from reports.formats.pdf_text import IMAGES_MAX, document, text
from reports.referral.model import Referral
from tests.referral.opened import opened_referral


@pytest.fixture(scope="module")
def referral(tmp_path_factory: pytest.TempPathFactory) -> Referral:
    return opened_referral(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def reader(referral: Referral) -> PdfReader:
    return PdfReader(BytesIO(pdf_bytes(referral)), strict=True)


def objects(reader: PdfReader) -> list[DictionaryObject]:
    """Every dictionary of the file, those of streams too."""
    numbers = {*reader.xref_objStm, *(number for one in reader.xref.values() for number in one)}
    held = (reader.get_object(number) for number in sorted(numbers))
    return [one for one in held if isinstance(one, DictionaryObject)]


def test_it_is_tagged_for_readers_that_speak(reader: PdfReader) -> None:
    root: Any = reader.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert reader.metadata.title == "Referral 2 to Example Unit"
    assert "pdfuaid:part>1<" in root["/Metadata"].get_object().get_data().decode()


def test_it_holds_no_picture_no_link_and_no_action(reader: PdfReader) -> None:
    held = objects(reader)
    assert len(held) > 50
    assert not [one for one in held if one.get("/Subtype") in {"/Link", "/Image", "/Widget", "/FileAttachment"}]
    assert not [one for one in held if {"/URI", "/JS", "/Launch", "/OpenAction", "/AA", "/EmbeddedFile"} & one.keys()]
    assert not [page for page in reader.pages if "/Annots" in page]


def test_only_the_fonts_that_typst_carries_are_in_it(reader: PdfReader) -> None:
    fonts = {str(one["/BaseFont"]).partition("+")[2] for one in objects(reader) if "/BaseFont" in one}
    assert all(name.startswith(("LibertinusSerif", "DejaVuSansMono", "NewCM")) for name in fonts), fonts


def test_it_is_the_same_each_time(referral: Referral) -> None:
    assert pdf_bytes(referral) == pdf_bytes(referral)


def test_it_says_what_the_referral_says_and_nothing_in_it_is_markup(referral: Referral, reader: PdfReader) -> None:
    said = "".join("".join(page.extract_text().split()) for page in reader.pages)
    assert referral.identity.referral_id in said
    assert all(image.image.sha256.hex() in said for image in referral.images)
    assert '#link("hxxp://b")[*]' in said
    assert "http:" not in said
    assert "Newpicturebesideknownones" in said


def test_letters_that_its_fonts_lack_are_written_as_numbers() -> None:
    assert text("a\u4e2d\u0627\u202e\u00e9\u0436") == "aU+4E2D U+0627 \ufffd\u00e9\u0436"


def test_a_long_referral_is_cut_and_says_so(referral: Referral) -> None:
    many = replace(referral, images=tuple(referral.images) * IMAGES_MAX)
    said = str(document(many))
    assert f"And {len(many.images) - IMAGES_MAX} more pictures" in said
