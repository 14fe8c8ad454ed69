"""Files that are not pictures are named by kind, from a closed list."""

import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.fingerprint import NOT_EXAMINED, UndecidedReason
from matcher.picture.media_types import sniff
from matcher.picture.other_media import not_examined


def zipped(name: str, body: bytes = b"x") -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(name, body)
    return whole.getvalue()


def tarred() -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return whole.getvalue()


@pytest.mark.parametrize(
    ("untrusted", "kind"),
    [
        pytest.param(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41", "film", id="MP4"),
        pytest.param(b"\x1aE\xdf\xa3\x9fB\x86\x81\x01", "film", id="WebM"),
        pytest.param(b"RIFF\x00\x00\x00\x00AVI LIST", "film", id="AVI"),
        pytest.param(b"OggS\x00\x02" + bytes(22) + b"\x80theora", "film", id="Ogg Theora"),
        pytest.param((b"G\x40\x11\x10" + bytes(184)) * 3, "film", id="MPEG transport stream"),
        pytest.param(b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "film", id="QuickTime"),
        pytest.param(b"\x00\x00\x00\x18ftypM4A \x00\x00\x02\x00", "sound", id="M4A"),
        pytest.param(b"RIFF\x00\x00\x00\x00WAVEfmt ", "sound", id="WAVE"),
        pytest.param(b"ID3\x03\x00\x00", "sound", id="MP3 with tags"),
        pytest.param(b"\xff\xfb\x90\x00\x00\x00", "sound", id="MP3"),
        pytest.param(b"OggS\x00\x02" + bytes(22) + b"\x01vorbis", "sound", id="Ogg Vorbis"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3", "document", id="PDF"),
        pytest.param(b"\xef\xbb\xbf\n%PDF-1.4\n", "document", id="PDF after a mark"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(8), "document", id="OLE"),
        pytest.param(zipped("[Content_Types].xml"), "document", id="Office Open XML"),
        pytest.param(zipped("mimetype", b"application/vnd.oasis.opendocument.text"), "document", id="OpenDocument"),
        pytest.param(b"Received: from a\r\nSubject: b\r\n\r\nc", "document", id="mail"),
        pytest.param(b"From a@b Mon Jan  1 00:00:00 2024\nSubject: b\n\nc", "document", id="mail folder"),
        pytest.param(zipped("a.txt"), "archive", id="zip"),
        pytest.param(tarred(), "archive", id="tar"),
        pytest.param(b"Rar!\x1a\x07\x01\x00", "archive", id="RAR"),
        pytest.param(b"7z\xbc\xaf'\x1c\x00\x04", "archive", id="7z"),
        pytest.param(b"\x1f\x8b\x08\x00", "archive", id="gzip"),
        pytest.param(bytes(32_769) + b"CD001", "archive", id="ISO 9660"),
        pytest.param(b"MZ\x90\x00", "program", id="Windows"),
        pytest.param(b"\x7fELF\x02\x01", "program", id="Linux"),
        pytest.param(b"#!/bin/sh\n", "program", id="script"),
        pytest.param(b"plain words\n", "text", id="ASCII"),
        pytest.param("слова".encode("cp1251"), "text", id="windows-1251"),
        pytest.param("\ufeffwords".encode("utf-16-le"), "text", id="UTF-16"),
        pytest.param(b"<!doctype html>", "text", id="HTML"),
        pytest.param(b"", "unknown", id="nothing"),
        pytest.param(b"\x00\x01\x02\x03", "unknown", id="bytes"),
    ],
)
def test_each_kind_is_named(untrusted: bytes, kind: str) -> None:
    assert sniff(untrusted) == f"not examined: {kind}"


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind(untrusted: bytes) -> None:
    reason = not_examined(untrusted)
    assert reason.not_examined
    assert reason.startswith(NOT_EXAMINED)


def test_the_list_is_closed() -> None:
    kinds = {reason.removeprefix(NOT_EXAMINED) for reason in UndecidedReason if reason.startswith(NOT_EXAMINED)}
    assert kinds == {"film", "document", "archive", "sound", "program", "text", "unknown"}
    assert not UndecidedReason.BROKEN.not_examined
    assert UndecidedReason.NOT_A_PICTURE.not_examined
