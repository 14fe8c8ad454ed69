import base64
import io
import json
from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Refused
from matcher.hash_lists.entry import Entry, ListHeader, derived_id
from matcher.hash_lists.formats.registry import FORMATS
from matcher.hash_lists.importing import Imported, import_list, import_pages
from matcher.verdict import ListKind

MD5, SHA1, SHA256, PDQ = bytes(range(16)), bytes(range(20)), bytes(range(32)), bytes(range(32, 64))
PHOTODNA = base64.b64encode(bytes(range(144))).decode()
HEADER = ListHeader("made-up", "A test authority", "", "scheme", "")


def read(name: str, *pages: bytes, categories: Collection[str] | None = None) -> Imported | Refused:
    return import_pages([("", io.BytesIO(page)) for page in pages], FORMATS[name].read, HEADER, categories)


def imported(name: str, *pages: bytes, categories: Collection[str] | None = None) -> Imported:
    result = read(name, *pages, categories=categories)
    assert isinstance(result, Imported), result
    return result


def entries(result: Imported) -> list[Entry]:
    return [result.hash_list.entries[row] for row in range(len(result.hash_list.entries))]


def ncmec_page(body: str, newest: str = "2026-11-01T00:00:00Z", following: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">
  <images count="1" maxTimestamp="{newest}">{body}</images>
  <paging><next>{following}</next></paging>
</queryResult>""".encode()


NCMEC_IMAGE = f"""<image><member id="7">A made-up member</member><timestamp>2026-10-24T15:00:00Z</timestamp><id>i1</id>
<classification>A1</classification><fingerprints><md5>{MD5.hex()}</md5><sha1>{SHA1.hex().upper()}</sha1>
<pdna>{PHOTODNA}</pdna><pdq>{PDQ.hex()}</pdq></fingerprints>
<feedback><affirmativeFeedback type="MD5"><members><member id="1">x</member><member id="2">y</member></members>
</affirmativeFeedback><negativeFeedback type="MD5"><reasons><reason name="r"/><members><member id="3">z</member>
</members></reasons></negativeFeedback></feedback></image>"""
NCMEC_DELETED = (
    '<deletedImage><member id="8">m</member><id>i2</id><timestamp>2026-10-25T15:00:00Z</timestamp></deletedImage>'
)

VICS_MEDIUM = {
    "MediaID": 12,
    "Category": 1,
    "MD5": MD5.hex().upper(),
    "SHA1": None,
    "PhotoDNA": PHOTODNA,
    "VictimIdentified": "False",
    "IsPrecategorized": True,
    "Series": "made up",
    "MediaFiles": [{"FileName": "C:\\\\Users\\\\somebody\\\\a.jpg"}],
    "AlternativeHashes": [
        {"HashName": "SHA-256", "HashValue": SHA256.hex()},
        {"HashName": "ED2K", "HashValue": MD5.hex()},
    ],
}
STOPNCII_RECORD = {
    "lastModtimestamp": 5,
    "signalType": "ImagePDQ",
    "hashValue": PDQ.hex(),
    "hashStatus": "Active",
    "caseNumbers": {"c1": "Active", "c2": "Active"},
}
SHIELD_RECORD = {
    "classification": "csam",
    "match_type": "exact",
    "sha1_base32": base64.b32encode(SHA1).decode(),
    "sha256_hex": SHA256.hex(),
}


def vics(*media: Mapping[str, object]) -> bytes:
    return json.dumps({"@odata.context": "x", "value": [{"CaseID": "1", "Media": list(media)}]}).encode()


def stopncii(*records: Mapping[str, object], more: bool = False) -> bytes:
    return json.dumps({"nextSetTimestamp": 99, "hasMoreRecords": more, "hashRecords": list(records)}).encode()


def shield(*records: Mapping[str, object]) -> bytes:
    return json.dumps({"results": list(records)}).encode()


INTERPOL_HEAD = "MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Series name;Baseline"
WHOLE = {
    "ncmec": ncmec_page(NCMEC_IMAGE + NCMEC_DELETED),
    "vics": b"\xef\xbb\xbf" + vics(VICS_MEDIUM),
    "interpol": f"{INTERPOL_HEAD}\n{MD5.hex()};{SHA1.hex()};{PHOTODNA};i9;Yes;No;made up;Yes\n".encode(),
    "threatexchange": f"pdq {PDQ.hex()}\nmd5 {MD5.hex()}\nvideo_md5 {MD5.hex()}\n".encode(),
    "stopncii": stopncii(STOPNCII_RECORD),
    "lines": f"{MD5.hex()}  a.jpg\n{SHA1.hex()} *b.jpg\n".encode(),
    "shield": shield(SHIELD_RECORD, {"classification": "no-known-match", "sha256_hex": "ab" * 32}),
}


def test_every_format_is_tried() -> None:
    assert WHOLE.keys() == FORMATS.keys()


def test_ncmec() -> None:
    result = imported("ncmec", WHOLE["ncmec"])
    (entry,) = entries(result)
    assert (entry.entry_id, entry.md5, entry.sha1, entry.pdq) == ("7-i1", MD5, SHA1, PDQ)
    assert entry.category == "A1"
    attributes = dict(entry.attributes)
    assert attributes["photodna"] == PHOTODNA
    assert (attributes["votes_up"], attributes["votes_down"]) == ("2", "1")
    assert attributes["member"] == "A made-up member"
    assert attributes["media"] == "image"
    assert result.hash_list.withdrawn == ("8-i2",)
    assert result.hash_list.header.checkpoint == "2026-11-01T00:00:00Z"


def test_the_checkpoint_moves_only_when_the_feed_was_read_to_its_end() -> None:
    first = ncmec_page(NCMEC_IMAGE, "2026-11-09T00:00:00Z", following="/v2/entries?start=2")
    last = ncmec_page(NCMEC_DELETED, "2026-11-02T00:00:00Z")
    alone = imported("ncmec", first)
    assert (alone.unfinished, alone.hash_list.header.checkpoint) == (True, "")
    both = imported("ncmec", first, last)
    assert (both.unfinished, both.hash_list.header.checkpoint) == (False, "2026-11-09T00:00:00Z")
    assert both.hash_list.header.sha256 != alone.hash_list.header.sha256


def test_ncmec_records_without_an_owner_are_kept_out() -> None:
    nameless = NCMEC_IMAGE.replace("<id>i1</id>", "")
    result = imported("ncmec", ncmec_page(NCMEC_IMAGE + nameless))
    assert (len(entries(result)), result.kept_out) == (1, 1)


@pytest.mark.parametrize(
    "page",
    [
        b'<!DOCTYPE q [<!ENTITY a "b">]>' + WHOLE["ncmec"].split(b"\n", 1)[1],
        WHOLE["ncmec"].replace(b"hashsharing/v2", b"hashsharing/v9"),
        WHOLE["ncmec"] + b"<more/>",
        ncmec_page("<image>" * 40),
        ncmec_page(f"<image><id>{'x' * 70_000}</id></image>"),
        b"\x00\x01",
    ],
    ids=["a document type", "another namespace", "two roots", "nested", "an endless text", "no XML"],
)
def test_what_is_no_page_of_the_feed_is_refused(page: bytes) -> None:
    assert isinstance(read("ncmec", page), Refused)


def test_vics() -> None:
    (entry,) = entries(imported("vics", WHOLE["vics"], categories={"1", "2"}))
    assert (entry.entry_id, entry.md5, entry.sha256, entry.ed2k, entry.category) == ("12", MD5, SHA256, MD5, "1")
    attributes = dict(entry.attributes)
    assert attributes["IsPrecategorized"] == "true"
    assert (attributes["Series"], attributes["photodna"]) == ("made up", PHOTODNA)
    assert "somebody" not in str(entry)


def test_media_of_other_categories_never_become_known_material() -> None:
    harmless = {**VICS_MEDIUM, "MediaID": 13, "Category": 4}
    result = imported("vics", vics(VICS_MEDIUM, harmless, harmless), categories={"1", "2"})
    assert [entry.entry_id for entry in entries(result)] == ["12"]
    assert result.passed_over == {"category 4": 2}
    assert FORMATS["vics"].needs_categories


def test_interpol() -> None:
    (entry,) = entries(imported("interpol", WHOLE["interpol"]))
    assert (entry.entry_id, entry.md5, entry.sha1, entry.category) == ("i9", MD5, SHA1, "Yes")
    assert dict(entry.attributes)["photodna"] == PHOTODNA
    assert dict(entry.attributes)["Victim identified"] == "No"


def test_threatexchange() -> None:
    result = imported("threatexchange", WHOLE["threatexchange"])
    assert [(entry.pdq, entry.md5) for entry in entries(result)] == [(PDQ, None), (None, MD5)]
    assert result.passed_over == {"signal type video_md5": 1}


def test_stopncii() -> None:
    result = imported("stopncii", WHOLE["stopncii"])
    (entry,) = entries(result)
    assert (entry.pdq, dict(entry.attributes)["cases"]) == (PDQ, "2")
    assert result.hash_list.header.checkpoint == "99"


def test_a_stopncii_withdrawal_finds_its_entry() -> None:
    result = imported("stopncii", stopncii({**STOPNCII_RECORD, "hashStatus": "Withdrawn"}))
    assert result.hash_list.withdrawn == (derived_id({"pdq": PDQ, "md5": None}),)
    assert result.hash_list.withdrawn == (entries(imported("stopncii", WHOLE["stopncii"]))[0].entry_id,)


def test_an_unknown_stopncii_status_is_kept_out_and_a_video_passed_over() -> None:
    odd, video = {**STOPNCII_RECORD, "hashStatus": "Odd"}, {**STOPNCII_RECORD, "signalType": "VideoMD5"}
    result = imported("stopncii", stopncii(STOPNCII_RECORD, odd, video, more=True))
    assert (len(entries(result)), result.kept_out, dict(result.passed_over)) == (1, 1, {"signal type VideoMD5": 1})
    assert (result.unfinished, result.hash_list.header.checkpoint) == (True, "")


def test_shield_takes_only_what_is_classified_as_abuse_material() -> None:
    result = imported("shield", WHOLE["shield"])
    (entry,) = entries(result)
    assert (entry.sha1, entry.sha256, entry.category) == (SHA1, SHA256, "csam")
    assert dict(entry.attributes)["match_type"] == "exact"
    assert result.passed_over == {"classification no-known-match": 1}


def test_a_garbled_base32_is_left_out_alone_and_named() -> None:
    result = imported("shield", shield(SHIELD_RECORD, {**SHIELD_RECORD, "sha1_base32": "0189"}))
    assert [(entry.sha1, entry.sha256) for entry in entries(result)] == [(SHA1, SHA256), (None, SHA256)]
    assert (result.kept_out, result.dropped_fields) == (0, 1)
    assert "sha1" in result.faults[0].cause


@pytest.mark.parametrize("name", list(FORMATS))
@given(data=st.data())
def test_a_file_cut_short_is_refused_or_says_nothing_else_than_the_whole(name: str, data: st.DataObject) -> None:
    """A cut in a file of lines may fall between two records: then what is left must be true. JSON and XML: refused."""
    cut = WHOLE[name][: data.draw(st.integers(0, len(WHOLE[name].rstrip()) - 1))]
    result = read(name, cut)
    if isinstance(result, Imported):
        assert name in {"interpol", "lines", "threatexchange"}
        whole = entries(imported(name, WHOLE[name]))
        assert entries(result) == whole[: len(entries(result))]


@pytest.mark.parametrize("name", list(FORMATS))
@given(data=st.data())
def test_no_damage_raises(name: str, data: st.DataObject) -> None:
    untrusted = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(untrusted) - 1))
        untrusted[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    read(name, bytes(untrusted))


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in {"interpol", "lines"}])
def test_another_formats_file_is_refused(name: str) -> None:
    other = WHOLE["interpol"] if name == "threatexchange" else WHOLE["threatexchange"]
    assert isinstance(import_list(io.BytesIO(other), FORMATS[name].read, HEADER), Refused)


def test_formats_of_one_kind_of_list_say_so() -> None:
    kinds = {name: known.kind for name, known in FORMATS.items()}
    assert (kinds.pop("threatexchange"), kinds.pop("lines")) == (None, None)
    assert kinds.pop("stopncii") is ListKind.ADULT_INTIMATE
    assert set(kinds.values()) == {ListKind.CHILD_ABUSE}
