"""Hash lists in the very shapes in which they are handed out; each was once refused, or read without its hashes."""

import base64
import gzip
import io
import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path

import pytest
from backports import zstd

from config.faults import Refused
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.formats.csv_format import CsvFormat
from matcher.hash_lists.formats.fields import FieldNames
from matcher.hash_lists.formats.registry import FORMATS
from matcher.hash_lists.importing import Imported, ListFormat, import_pages
from matcher.hash_lists.opening import DamagedError, opened
from reports.formats.csv_table import csv_bytes
from reports.formats.vics import vics_bytes
from tests.hash_lists.test_formats import (
    MD5,
    NCMEC_IMAGE,
    PDQ,
    SHA1,
    SHA256,
    STOPNCII_RECORD,
    ncmec_page,
    stopncii,
)
from tests.referral.opened import opened_referral

HEADER = ListHeader("made-up", "A test authority", "", "scheme", "")
CSV = CsvFormat()


def read(data: bytes | str, file_format: ListFormat = CSV) -> Imported | Refused:
    untrusted = data.encode() if isinstance(data, str) else data
    return import_pages([("", io.BytesIO(untrusted))], file_format, HEADER)


def imported(data: bytes | str, file_format: ListFormat = CSV) -> Imported:
    result = read(data, file_format)
    assert isinstance(result, Imported), result
    return result


def entries(data: bytes | str, file_format: ListFormat = CSV) -> list[Entry]:
    found = imported(data, file_format).hash_list.entries
    return [found[row] for row in range(len(found))]


def fault(data: bytes | str, file_format: ListFormat = CSV) -> str:
    result = read(data, file_format)
    assert isinstance(result, Refused)
    return str(result.faults[0])


VICS = FORMATS["vics"].read
_VICS_CONTEXTS = {
    "1.2": ("odata.metadata", "http://github.com/ICMEC/ProjectVic/DataModels/1.2.xml/US/$metadata#"),
    "1.3": ("odata.metadata", "http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml/CAID/$metadata#"),
    "2.0": ("@odata.context", "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/CAID/$metadata#"),
}


@pytest.mark.parametrize("version", _VICS_CONTEXTS)
def test_a_distributed_vics_set_has_its_media_directly_under_value(version: str) -> None:
    key, context = _VICS_CONTEXTS[version]
    medium = {"MediaID": 1, "Category": 1, "MD5": MD5.hex().upper(), "MediaFiles": [{"FileName": "a"}]}
    for whole in ({key: f"{context}Media", "value": [medium]}, {"value": [medium], key: f"{context}Media"}):
        (entry,) = entries(json.dumps(whole), VICS)
        assert (entry.entry_id, entry.category, entry.md5) == ("1", "1", MD5)


@pytest.mark.parametrize("version", _VICS_CONTEXTS)
def test_a_vics_case_file_has_its_media_within_its_cases(version: str) -> None:
    key, context = _VICS_CONTEXTS[version]
    media = [{"MediaID": number, "Category": 2, "MD5": MD5.hex()} for number in (1, 2)]
    cases = [{"CaseID": "c", "Media": media[:1]}, {"CaseID": "d", "Sources": {"Media": media[1:]}}]
    found = entries(json.dumps({key: f"{context}Cases", "value": cases}), VICS)
    assert [entry.entry_id for entry in found] == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "value", "ours"),
    [
        ("SHA2-256", SHA256, "sha256"),
        ("SHA-256", SHA256, "sha256"),
        ("SHA_1", SHA1, "sha1"),
        ("PDQHash", PDQ, "pdq"),
        ("PDQ plain", PDQ, "pdq"),
        ("pHash plain", PDQ, "phash"),
        ("PDQ plain/mirrored", PDQ, "pdq"),
    ],
)
def test_alternative_hashes_are_known_by_their_usual_names(name: str, value: bytes, ours: str) -> None:
    medium = {"MediaID": 1, "MD5": MD5.hex(), "AlternativeHashes": [{"HashName": name, "HashValue": value.hex()}]}
    (entry,) = entries(json.dumps({"value": [medium]}), VICS)
    assert (entry.md5, getattr(entry, ours)) == (MD5, value)


@pytest.mark.parametrize(
    ("name", "value", "ours"),
    [
        ("PDQ Hash", PDQ, "pdq"),
        ("SHA-256", SHA256, "sha256"),
        ("SHA-1", SHA1, "sha1"),
        ("Md5 Hash", MD5, "md5"),
        ("hash_sha256", SHA256, "sha256"),
    ],
)
def test_columns_are_known_by_their_usual_names(name: str, value: bytes, ours: str) -> None:
    (entry,) = entries(f"Entry ID,{name}\na,{value.hex()}\n")
    assert (entry.entry_id, getattr(entry, ours)) == ("a", value)


HEX_AND_BASE64 = [SHA256.hex(), base64.b64encode(SHA256).decode(), base64.b64encode(MD5).decode()]


@pytest.mark.parametrize("text", HEX_AND_BASE64)
def test_a_column_that_looks_like_a_hash_is_mapped_or_left_out_by_name(text: str) -> None:
    data = f"md5,Odd Name\n{MD5.hex()},\n{SHA1.hex()[:32]},{text}\n"
    assert "Odd Name" in fault(data)
    assert "--ignore-column" in fault(data)
    assert len(entries(data, CsvFormat(FieldNames(ignored=["odd name"])))) == 2
    mapped = "md5" if text == HEX_AND_BASE64[2] else "sha256"
    if mapped == "sha256":
        assert entries(data, CsvFormat(FieldNames({"Odd Name": mapped})))[1].sha256 == SHA256


def test_an_unknown_alternative_hash_is_refused_until_it_is_left_out() -> None:
    medium = {"MD5": MD5.hex(), "AlternativeHashes": [{"HashName": "BLAKE3", "HashValue": SHA256.hex()}]}
    data = json.dumps({"value": [medium]})
    assert "BLAKE3" in fault(data, VICS)
    assert len(entries(data, FORMATS["vics"].reading({}, ("blake3",)))) == 1
    assert entries(data, FORMATS["vics"].reading({"blake3": "sha256"}, ()))[0].sha256 == SHA256


def test_our_own_vics_export_is_read_back_whole(tmp_path: Path) -> None:
    whole = opened_referral(tmp_path)
    found = entries(vics_bytes(whole), VICS)
    for image in (*whole.images, *whole.updates, *whole.others, *whole.taken_back):
        facts = image.image
        same = [entry for entry in found if facts.sha256 == entry.sha256]
        assert {(entry.md5, entry.sha1) for entry in same} == {(facts.md5, facts.sha1)}
        ids = {entry.entry_id for entry in same}
        assert {reading.pdq for reading in facts.readings} <= {entry.pdq for entry in found if entry.entry_id in ids}


def test_our_own_table_is_read_back(tmp_path: Path) -> None:
    whole = opened_referral(tmp_path)
    found = entries(csv_bytes(whole))
    wanted = {(image.image.md5, image.image.sha1, image.image.sha256) for image in whole.images}
    assert wanted <= {(entry.md5, entry.sha1, entry.sha256) for entry in found}


@pytest.mark.parametrize("missing", ["N/A", "NULL", "-", "None", "n/a", " "])
def test_what_stands_for_no_value_is_none(missing: str) -> None:
    result = imported(f"md5,sha1,pdq\n{MD5.hex()},{missing},{missing}\n")
    assert (len(result.hash_list), result.kept_out, result.dropped_fields) == (1, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"sep=;\nmd5;Series\n{MD5.hex()};x\n", id="a spreadsheet's delimiter line"),
        pytest.param(f"md5,Series\n'{MD5.hex()},x\n", id="a spreadsheet's mark before digits"),
        pytest.param(f'md5,Series\n"=""{MD5.hex()}""",x\n', id="a spreadsheet's formula"),
        pytest.param(f'md5,Series\n{MD5.hex()},"x\nand\r\ny"\n', id="line breaks within quotes"),
        pytest.param(f"# a comment\n\nmd5,Series\n# another\n{MD5.hex()},x\n", id="comments"),
        pytest.param(f"md5,Series\n{base64.b64encode(MD5).decode()},x\n", id="base64"),
        pytest.param(f"\ufeffmd5,Series\n{MD5.hex()},x\n", id="a byte-order mark"),
    ],
)
def test_what_spreadsheets_make_of_a_list_is_read(text: str) -> None:
    for data in (text.encode(), text.encode("utf-16"), text.replace("x", "ü").encode()):
        result = imported(data)
        assert [result.hash_list.entries[row].md5 for row in range(len(result.hash_list))] == [MD5]
        assert (result.kept_out, result.dropped_fields) == (0, 0)


def test_a_quote_that_is_never_closed_costs_its_own_record() -> None:
    rows = "".join(f"e{number},{number + 1:032x},x\n" for number in range(300))
    result = imported(f'entry_id,md5,note\nbad,{MD5.hex()},"open\n{rows}')
    assert (len(result.hash_list), result.kept_out, result.faults[0].where) == (300, 1, "line 2")


def test_a_category_that_a_spreadsheet_made_a_number_is_the_same_category() -> None:
    assert entries(f"md5,category\n{MD5.hex()},1.0\n")[0].category == "1"
    assert entries(json.dumps({"value": [{"MD5": MD5.hex(), "Category": 1.0}]}), VICS)[0].category == "1"


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        (f"{MD5.hex()}\n", "md5"),
        (f"\ufeff{SHA1.hex()}\n", "sha1"),
        (f"{MD5.hex()}  picture.jpg\n", "md5"),
        (f"{SHA256.hex()} *picture two.jpg\n", "sha256"),
        (f"SHA256 (picture.jpg) = {SHA256.hex()}\n", "sha256"),
    ],
)
def test_bare_hashes_and_the_lines_of_md5sum(text: str, ours: str) -> None:
    lines = FORMATS["lines"].read
    (entry,) = entries(text + "# made up\n", lines)
    assert getattr(entry, ours) == {"md5": MD5, "sha1": SHA1, "sha256": SHA256}[ours]
    assert "picture" not in str(entry)


def test_64_bare_digits_must_be_named() -> None:
    assert "--column hash=pdq" in fault(f"{PDQ.hex()}\n", FORMATS["lines"].read)
    assert entries(f"{PDQ.hex()}\n", FORMATS["lines"].reading({"hash": "pdq"}, ()))[0].pdq == PDQ


def test_threatexchange_with_a_mark_commas_and_comments() -> None:
    text = f"\ufeffsignal_type,signal\n# made up\npdq,{PDQ.hex()}\nmd5 {MD5.hex()}\n"
    assert [(entry.pdq, entry.md5) for entry in entries(text, FORMATS["threatexchange"].read)] == [
        (PDQ, None),
        (None, MD5),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_ncmec_in_another_encoding(encoding: str) -> None:
    text = ncmec_page(NCMEC_IMAGE.replace("A made-up member", "Ein München")).decode()
    data = text.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
    (entry,) = entries(data, FORMATS["ncmec"].read)
    assert (entry.md5, dict(entry.attributes)["member"]) == (MD5, "Ein München")


@pytest.mark.parametrize("namespace", ["https://exploitative.hashsharing.ncmec.org/hashsharing/v2", ""])
def test_ncmec_of_another_environment(namespace: str) -> None:
    data = ncmec_page(NCMEC_IMAGE).replace(b"https://hashsharing.ncmec.org/hashsharing/v2", namespace.encode())
    assert entries(data.replace(b' xmlns=""', b""), FORMATS["ncmec"].read)[0].md5 == MD5


@pytest.mark.parametrize("inner", ['"MD5": "x", ', '"AlternativeHashes": [{"HashName": "a", "HashName": "b"}], '])
def test_a_record_that_gives_a_key_twice_is_a_fault(inner: str) -> None:
    doubled = f'{{{inner}"MD5": "{MD5.hex()}"}}'
    for whole in ('{"value": [%s, %s]}', '{"value": [{"Media": [%s, %s]}]}'):
        result = imported(whole % (doubled, json.dumps({"MD5": MD5.hex()})), VICS)
        assert (len(result.hash_list), result.kept_out) == (1, 1)
        assert "a key twice" in result.faults[0].cause


PACKED: Mapping[str, bytes] = {"gzip": gzip.compress(b"md5\n" + MD5.hex().encode() + b"\n")} | {
    "zstd": zstd.compress(b"md5\n" + MD5.hex().encode() + b"\n")
}


@pytest.mark.parametrize("name", PACKED)
def test_compressed_lists_are_read_and_cut_ones_refused(name: str) -> None:
    assert entries(PACKED[name])[0].md5 == MD5
    assert "cut short" in fault(PACKED[name][:-5])


def test_a_file_that_unpacks_without_end_is_refused() -> None:
    file = opened(io.BytesIO(gzip.compress(bytes(200 << 20))))
    assert not isinstance(file, Refused)
    with pytest.raises(DamagedError, match="unpacks to more"):
        deque(iter(lambda: file.read(1 << 20), b""), maxlen=0)


@pytest.mark.parametrize(
    ("begin", "words"),
    [
        (b"SQLite format 3\0", "a SQLite database"),
        (b"PK\x03\x04", "xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        (b"HASH\r\n\xff\x00", "EnCase"),
        (b"0" * 41 + b"|md5\n", "SleuthKit"),
    ],
)
def test_a_file_that_is_something_else_is_named(begin: bytes, words: str) -> None:
    for file_format in (CSV, VICS, FORMATS["ncmec"].read, FORMATS["lines"].read):
        assert words in fault(begin + bytes(200), file_format)


@pytest.mark.parametrize(
    ("statuses", "in_force"),
    [((5, "Withdrawn", 9, "Active"), 1), ((9, "Active", 5, "Withdrawn"), 1), ((5, "Active", 9, "Withdrawn"), 0)],
)
def test_of_a_withdrawal_and_a_listing_the_later_one_counts(statuses: tuple[int, str, int, str], in_force: int) -> None:
    first, second = (
        {**STOPNCII_RECORD, "lastModtimestamp": when, "hashStatus": status}
        for when, status in (statuses[:2], statuses[2:])
    )
    found = imported(stopncii(first, second), FORMATS["stopncii"].read).hash_list
    assert (len(found), len(found.withdrawn)) == (in_force, 1 - in_force)


@pytest.mark.parametrize("deleted_first", [True, False])
@pytest.mark.parametrize(("when", "in_force"), [("2026-10-20T15:00:00Z", 1), ("2026-10-30T15:00:00+02:00", 0)])
def test_ncmec_listings_and_deletions_go_by_their_times(when: str, in_force: int, *, deleted_first: bool) -> None:
    deleted = f'<deletedImage><member id="7">m</member><id>i1</id><timestamp>{when}</timestamp></deletedImage>'
    page = ncmec_page(deleted + NCMEC_IMAGE if deleted_first else NCMEC_IMAGE + deleted)
    found = imported(page, FORMATS["ncmec"].read).hash_list
    assert (len(found), len(found.withdrawn)) == (in_force, 1 - in_force)
