"""Each picture in a container is found with its path, within bounds; the rest is named with its reason."""

import bz2
import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.containers import contents
from matcher.containers.contents import BYTES_MOST, DEPTH_MOST, ENTRIES_MOST, ContainedFile, Contents, UnreadEntryReason
from matcher.containers.kinds import container_of, may_hold_pictures
from matcher.containers.open import open_container
from matcher.containers.samples import SAMPLES
from tests.containers.making import JPEG, OPENED, PNG, TWO, message, tarred, zipped

FILM = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41" + bytes(40)


def found(untrusted: bytes) -> list[tuple[str, bytes]]:
    return [(file.untrusted_path, file.untrusted_bytes) for file in open_container(untrusted).files]


@pytest.mark.parametrize("kind", OPENED)
def test_each_picture_is_found_with_its_path(kind: str) -> None:
    untrusted, pictures = OPENED[kind]
    assert may_hold_pictures(untrusted)
    assert found(untrusted) == pictures


def test_what_is_no_picture_is_returned_too_but_for_text_sound_and_programs() -> None:
    passed_over = {"b.txt": b"words", "c.exe": b"MZ\x90", "d.mp3": b"ID3\x03"}
    assert found(zipped({"a.mp4": FILM, **passed_over, "e": b"\x00\x01", "f.jpg": b"words"})) == [
        ("1/a.mp4", FILM),
        ("5/e", b"\x00\x01"),
        ("6/f.jpg", b"words"),
    ]


def test_other_files_leave_room_for_pictures() -> None:
    film = FILM + bytes(BYTES_MOST // 2 + 1)
    files = open_container(zipped({"a.mp4": film, "b.jpg": JPEG})).files
    assert files == [
        ContainedFile("1/a.mp4", unread=UnreadEntryReason.TOO_LARGE),
        ContainedFile("2/b.jpg", JPEG),
    ]


def test_an_inner_container_that_holds_no_picture_is_returned_itself() -> None:
    inner = zipped({"words.txt": b"words"})
    assert found(zipped({"a.zip": inner, "b.gz": gzip.compress(b"words")}))[0] == ("1/a.zip", inner)


def test_an_encrypted_entry_is_named() -> None:
    whole = bytearray(zipped({"a.png": PNG, "notes": b"words"}))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(magic) + at] |= 1
    assert open_container(bytes(whole)).files == [ContainedFile("1/a.png", unread=UnreadEntryReason.ENCRYPTED)]


WRAPS: tuple[Callable[[bytes], bytes], ...] = (
    lambda inner: zipped({"a.zip": inner}),
    gzip.compress,
    lambda inner: tarred({"a": inner}),
)


@pytest.mark.parametrize("wrap", WRAPS, ids=["zip", "gzip", "tar"])
def test_containers_in_containers_are_opened_to_a_bound(wrap: Callable[[bytes], bytes]) -> None:
    whole = JPEG
    for _ in range(DEPTH_MOST + 1):
        whole = wrap(whole)
    assert [file.untrusted_bytes for file in open_container(whole).files] == [JPEG]
    (file,) = open_container(wrap(whole)).files
    assert file.unread is UnreadEntryReason.NESTED


def test_a_bomb_is_named_and_the_next_picture_is_read() -> None:
    bomb = PNG + bytes(BYTES_MOST)
    for whole in (zipped({"bomb.png": bomb, "b.jpg": JPEG}), tarred({"bomb.png": bomb, "b.jpg": JPEG})):
        assert open_container(whole).files == [
            ContainedFile("1/bomb.png", unread=UnreadEntryReason.TOO_LARGE),
            ContainedFile("2/b.jpg", JPEG),
        ]
    (file,) = open_container(bz2.compress(bomb)).files
    assert file.unread is UnreadEntryReason.TOO_LARGE


def test_all_levels_share_one_budget_of_decoded_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "DECODED_BYTES_MOST", 3 * 2**20)
    zeros = b"\x00" + bytes(2**20)
    files = open_container(zipped({f"{number}": zeros for number in range(5)} | {"a.jpg": JPEG})).files
    assert [file.unread for file in files] == [None, None, *[UnreadEntryReason.TOO_LARGE] * 4]


def test_when_the_time_is_over_the_rest_is_named() -> None:
    files = open_container(zipped(TWO), seconds=0).files
    assert [file.unread for file in files] == [UnreadEntryReason.LATE] * 2


def test_more_entries_than_the_limit_are_noted() -> None:
    result = open_container(zipped({f"{number}.png": b"\x89PNG\r\n\x1a\n" for number in range(ENTRIES_MOST + 1)}))
    assert (len(result.files), result.cut) == (ENTRIES_MOST, True)


def test_a_tar_that_lies_about_a_size_is_damaged() -> None:
    entry = tarfile.TarInfo("a.jpg")
    entry.size = 2**33
    whole = entry.tobuf(tarfile.GNU_FORMAT) + JPEG
    assert open_container(whole).files[-1].unread is UnreadEntryReason.DAMAGED or found(whole) == [("1/a.jpg", JPEG)]


def test_links_in_a_tar_are_not_followed() -> None:
    link = tarfile.TarInfo("a.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        archive.addfile(link)
    assert found(whole.getvalue()) == []


def test_a_zip_that_lies_about_a_size_is_read_as_far_as_it_goes() -> None:
    whole = zipped({"a.png": PNG}, zipfile.ZIP_STORED)
    lying = whole.replace(len(PNG).to_bytes(4, "little"), (2**31).to_bytes(4, "little"))
    assert lying != whole
    assert open_container(lying).files[0].untrusted_path.startswith(("0/", "1/"))


def test_truncated_streams_are_read_as_far_as_they_go() -> None:
    (file,) = open_container(gzip.compress(JPEG)[:-20]).files
    assert file.untrusted_bytes.startswith(JPEG[:100])
    assert open_container(gzip.compress(JPEG)[:12]).files[0].unread is UnreadEntryReason.DAMAGED


@pytest.mark.parametrize("sample", SAMPLES)
@given(st.data())
def test_any_bytes_are_opened(sample: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(0, len(sample)))
    whole = sample[:start] + data.draw(st.binary(max_size=40)) + sample[end:]
    result = open_container(whole)
    assert isinstance(result, Contents)
    assert all(bool(file.untrusted_bytes) != bool(file.unread) for file in result.files)


@pytest.mark.parametrize("text", [b"words", b"", b"<!doctype html><p>From: a", JPEG, PNG, FILM])
def test_other_files_are_no_containers(text: bytes) -> None:
    assert container_of(text) is None
    assert not may_hold_pictures(text)


def test_a_message_alone_is_a_container_without_pictures() -> None:
    assert found(message({})) == []
