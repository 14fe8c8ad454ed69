import io
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Refused
from matcher.hash_lists.entry import HASH_BYTES, Entry, ListHeader
from matcher.hash_lists.formats.csv_format import CsvFormat
from matcher.hash_lists.formats.fields import FieldNames
from matcher.hash_lists.importing import MOST_FAULTS, Imported, import_list

MD5, PDQ = "0123456789abcdef" * 2, "0123456789abcdef" * 4
HEADER = ListHeader("made-up", "A test authority", "", "scheme", "")


def read(text: str | bytes, file_format: CsvFormat | None = None) -> Imported | Refused:
    data = text.encode() if isinstance(text, str) else text
    return import_list(io.BytesIO(data), file_format or CsvFormat(), HEADER)


def imported(text: str | bytes, file_format: CsvFormat | None = None) -> Imported:
    result = read(text, file_format)
    assert isinstance(result, Imported), result
    return result


def entries(result: Imported) -> list[Entry]:
    return [result.hash_list.entries[row] for row in range(len(result.hash_list.entries))]


def test_every_field_is_read() -> None:
    values = {name: bytes(range(1, size + 1)) for name, size in HASH_BYTES.items()}
    line = ",".join(["e1", *(value.hex() for value in values.values()), "B2"])
    result = imported(f"entry_id,{','.join(values)},category\n{line}\n")
    (entry,) = entries(result)
    assert (entry.entry_id, entry.category, entry.attributes) == ("e1", "B2", ())
    assert {name: getattr(entry, name) for name in values} == values
    assert (result.faults, result.kept_out) == ((), 0)


def test_the_list_names_the_file_it_was_made_of() -> None:
    untrusted = b"md5\r\n" + MD5.encode() + b"\r\n"
    header = imported(untrusted).hash_list.header
    assert header.sha256 == sha256(untrusted).hexdigest()
    assert header.version == header.sha256[:12]


def test_a_bad_record_is_named_by_its_line_and_the_rest_goes_in() -> None:
    result = imported(f"entry_id,md5\na,{MD5}\nb,0123\n\nc,{'g' * 32}\nd\ne,{MD5.upper()}\n")
    assert [entry.entry_id for entry in entries(result)] == ["a", "e"]
    assert [fault.where for fault in result.faults] == ["line 3", "line 5", "line 6"]
    assert result.kept_out == 3


@pytest.mark.parametrize(
    "md5",
    [
        pytest.param("00" * 16, id="all zeros"),
        pytest.param("d41d8cd98f00b204e9800998ecf8427e", id="an empty file's"),
        pytest.param("01 23 45 67 89 abcdef0123456789ab"[:32], id="spaces inside"),
        pytest.param("", id="no hash at all"),
    ],
)
def test_a_hash_that_stands_for_nothing_is_kept_out(md5: str) -> None:
    result = imported(f"entry_id,md5\na,{md5}\nb,{MD5}\n")
    assert [entry.entry_id for entry in entries(result)] == ["b"]


def test_a_garbled_hash_is_left_out_alone_and_every_cause_is_named() -> None:
    result = imported(f"md5,pdq,sha1\n{MD5},12,34\n{MD5},,\n,12,34\n")
    assert [entry.md5 for entry in entries(result)] == [bytes.fromhex(MD5)] * 2
    assert (result.dropped_fields, result.kept_out) == (2, 1)
    assert [fault.where for fault in result.faults] == ["line 2", "line 2", "line 4"]
    assert "pdq" in result.faults[2].cause
    assert "sha1" in result.faults[2].cause


def test_a_fault_never_shows_the_value() -> None:
    result = read("md5\nsecretsecret\n")
    assert isinstance(result, Refused)
    assert "secretsecret" not in str(result)


def test_a_mapping_translates_the_issuers_names_and_the_rest_become_attributes() -> None:
    text = f"Image Ref;Hash (MD5);Series\nr1;{MD5};blue\nr2;{MD5};\n"
    result = imported(text, CsvFormat(FieldNames({"image ref": "entry_id", "Hash (MD5)": "md5"}), ";"))
    first, second = entries(result)
    assert (first.entry_id, first.attributes) == ("r1", (("Series", "blue"),))
    assert second.attributes == ()


def test_a_byte_order_mark_and_carriage_returns_are_taken() -> None:
    assert entries(imported(b"\xef\xbb\xbfMD5,Category\r\n" + MD5.encode() + b",A1\r\n"))[0].category == "A1"


def test_a_line_that_is_not_utf8_is_read_as_windows_1252() -> None:
    result = imported(b"md5,series\n" + MD5.encode() + b",M\xfcnchen\n" + MD5.encode() + b",A\n")
    assert [dict(entry.attributes)["series"] for entry in entries(result)] == ["München", "A"]


def test_entries_without_an_id_get_the_same_one_each_time() -> None:
    once, again = (entries(imported(f"md5,pdq\n{MD5},{PDQ}\n{MD5},\n")) for _ in range(2))
    assert once == again
    assert once[0].entry_id != once[1].entry_id
    assert MD5[:8] not in once[0].entry_id


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        pytest.param("", "is empty", id="empty"),
        pytest.param("md5", "column names", id="cut within the header"),
        pytest.param("name,size\na,1\n", "no column holds hashes", id="no hash column"),
        pytest.param(f"md5,MD5\n{MD5},{MD5}\n", "have the same name", id="a column twice"),
        pytest.param(f"md5\n{MD5}\n{MD5[:-1]}", "cut short", id="cut within a hash"),
        pytest.param(f"md5,category\n{MD5},A1\n{MD5},A", "cut short", id="cut within a category"),
        pytest.param(f"md5,series\n{MD5},A1\n{MD5},A1", "cut short", id="cut within an attribute"),
        pytest.param(f'md5,category\n{MD5},A1\n{MD5},"A', "cut short", id="cut within quotes"),
        pytest.param(f"md5,category\n{MD5},A1\n{MD5}", "cut short", id="cut between fields"),
        pytest.param(f"md5,note\n{MD5},{'x' * (1 << 20)}\n", "longer than", id="an endless line"),
    ],
)
def test_a_file_that_may_be_cut_short_is_refused_whole(text: str, cause: str) -> None:
    result = read(text)
    assert isinstance(result, Refused)
    assert cause in result.faults[0].cause


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"entry_id,md5\na,{MD5}", id="the last hash has its full length"),
        pytest.param(f"md5,category\n{MD5},A1\n{MD5},A1", id="the last category was named before"),
    ],
)
def test_a_file_whose_last_field_proves_itself_needs_no_line_break(text: str) -> None:
    assert not imported(text).faults


@given(st.integers(0, 600))
def test_no_cut_ever_changes_what_an_entry_says(length: int) -> None:
    rows = [f"e{number},{number + 1:032x},{number + 1:064x},cat{number}" for number in range(5)]
    whole = "\n".join(["entry_id,md5,pdq,category", *rows]) + "\n"
    result = read(whole[:length])
    if isinstance(result, Imported):
        expected = entries(imported(whole))
        assert entries(result) == expected[: len(result.hash_list.entries)]
        assert not result.faults


def test_faults_are_bounded_and_all_are_counted() -> None:
    result = imported("md5\n" + "zz\n" * (MOST_FAULTS + 5) + MD5 + "\n")
    assert (len(result.faults), result.kept_out) == (MOST_FAULTS, MOST_FAULTS + 5)


@given(st.binary(max_size=300))
def test_no_bytes_raise(untrusted: bytes) -> None:
    read(b"entry_id,md5,category\n" + untrusted)
    read(untrusted)
