"""Archives and bodies of several parts: each picture within is one of its own, within bounds; none is lost silently."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.containers.contents import BYTES_MOST, DEPTH_MOST, ENTRIES_MOST, UnreadEntryReason
from matcher.containers.kinds import may_hold_pictures
from matcher.worker.layers import Layer
from scanner.page.content import PageContent, PictureRef
from scanner.page.reading.bundles import read_bundle
from scanner.page.reading.notes import Note
from scanner.page.reading.read_page import read_page
from scanner.page.worker.reader import WorkerPageReader
from scanner.page.worker.reply import pack, unpack

PNG, JPEG = b"\x89PNG\r\n\x1a\n one picture", b"\xff\xd8\xff another picture"
URL = "http://sample.onion/a.zip"
MIXED = "multipart/x-mixed-replace; boundary=frame"


def zipped(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", compression) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return whole.getvalue()


def read(untrusted: bytes, content_type: str = "") -> list[tuple[str, bytes, UnreadEntryReason | None]]:
    pictures = read_bundle(untrusted, content_type).pictures
    return [(one.untrusted_entry, one.untrusted_inline, one.unread) for one in pictures]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_each_picture_of_an_archive_has_a_place_of_its_own(compression: int) -> None:
    entries = {"a.png": PNG, "folder/": b"", "folder/b": JPEG, "read me.txt": b"no picture", "twice.png": PNG}
    assert read(zipped(entries, compression)) == [
        ("1/a.png", PNG, None),
        ("3/folder/b", JPEG, None),
        ("5/twice.png", PNG, None),
    ]


def test_hostile_names_are_text() -> None:
    names = ["../../etc/passwd.png", "/etc/a.png", "\\\\host\\a.png", "\u202egpj.png", "x" * 5_000 + ".png"]
    found = read(zipped(dict.fromkeys(names, PNG)))
    assert [entry.partition("/")[2] for entry, _, _ in found] == [*names[:4], "x" * 200]


def test_archives_within_archives_are_read_to_a_bound() -> None:
    deepest = zipped({"a.png": PNG})
    for _ in range(DEPTH_MOST):
        deepest = zipped({"in.zip": deepest, "b.png": JPEG})
    found = read(zipped({"c.png": PNG, "in.zip": deepest}))
    path = "2/in.zip"
    expected: list[tuple[str, bytes, UnreadEntryReason | None]] = []
    for _ in range(DEPTH_MOST):
        expected.append((f"{path}!2/b.png", JPEG, None))
        path += "!1/in.zip"
    assert found == [("1/c.png", PNG, None), (path, b"", UnreadEntryReason.NESTED), *reversed(expected)]


def test_an_encrypted_entry_says_so() -> None:
    whole = bytearray(zipped({"a.png": PNG}))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(magic) + at] |= 1
    assert read(bytes(whole)) == [("1/a.png", b"", UnreadEntryReason.ENCRYPTED)]


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_cannot_be_bounded_says_so(compression: int) -> None:
    assert read(zipped({"a.png": PNG}, compression)) == [("1/a.png", b"", UnreadEntryReason.NOT_SUPPORTED)]


def test_a_bomb_is_named_and_the_next_picture_is_read() -> None:
    whole = zipped({"bomb.png": PNG + bytes(BYTES_MOST), "b.jpg": JPEG})
    assert len(whole) < 10**5
    assert read(whole) == [("1/bomb.png", b"", UnreadEntryReason.TOO_LARGE), ("2/b.jpg", JPEG, None)]


def test_all_entries_share_one_budget() -> None:
    third = JPEG + bytes(BYTES_MOST // 3)
    found = read(zipped({f"{number}.jpg": third for number in range(5)}))
    assert [unread for _, _, unread in found] == [None, None, *[UnreadEntryReason.TOO_LARGE] * 3]


def test_more_entries_than_the_limit_are_noted() -> None:
    content = read_bundle(zipped({f"{number}.png": PNG for number in range(ENTRIES_MOST + 1)}), "")
    assert len(content.pictures) == ENTRIES_MOST
    assert content.notes == (Note.MORE_ENTRIES.value,)


def test_an_entry_whose_sum_is_wrong_is_read_all_the_same() -> None:
    whole = zipped({"a.png": PNG, "b.png": JPEG}, zipfile.ZIP_STORED)
    assert ("1/a.png", PNG.replace(b"one", b"1ne"), None) in read(whole.replace(PNG, PNG.replace(b"one", b"1ne")))


def test_an_archive_without_an_end_is_damaged() -> None:
    assert read(zipped({"a.png": PNG})[:-30]) == [("0/", b"", UnreadEntryReason.DAMAGED)]


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_any_bytes_are_read(noise: bytes, start: int, end: int) -> None:
    whole = zipped({"a.png": PNG, "b.zip": zipped({"c.jpg": JPEG})})
    content = read_bundle(whole[:start] + noise + whole[end:], "")
    assert unpack(pack(content)) == content


def parts(*bodies: bytes, line: bytes = b"\r\n") -> bytes:
    return b"".join(b"--frame" + line + b"Content-Type: x/y" + line * 2 + body + line for body in bodies)


@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
@pytest.mark.parametrize("content_type", [MIXED, 'Multipart/X-Mixed-Replace;boundary="frame"', f"{MIXED}; x=y"])
def test_each_part_is_a_picture(line: bytes, content_type: str) -> None:
    found = read(parts(PNG, b"no picture", JPEG, line=line) + b"--frame--", content_type)
    assert [(entry, body.rstrip()) for entry, body, _ in found] == [("1/", PNG), ("3/", JPEG)]


def test_the_last_part_of_an_endless_row_may_be_cut() -> None:
    assert [body for _, body, _ in read(parts(PNG, JPEG)[:-8], MIXED)] == [PNG, JPEG[:-6]]


@given(st.binary(max_size=300), st.text(max_size=80))
def test_any_parts_are_read(body: bytes, boundary: str) -> None:
    content = read_bundle(body, f"multipart/x-mixed-replace; boundary={boundary}")
    assert unpack(pack(content)) == content


def test_what_claims_to_be_a_picture_is_examined_as_one() -> None:
    """Its digests may match, whatever its bytes are."""
    assert read(zipped({"a.png": b"odd", "b.txt": b"odd"})) == [("1/a.png", b"odd", None)]
    assert read(b"--frame\r\nContent-Type: image/png\r\n\r\nodd\r\n--frame--", MIXED) == [("1/", b"odd", None)]


def test_a_page_is_no_bundle() -> None:
    assert not may_hold_pictures(b"<!doctype html><img src=a.png>", "text/html")
    assert may_hold_pictures(zipped({}), "text/html")


def test_links_to_archives_are_links_to_pictures() -> None:
    content = read_page(b"<a href=/all.zip>x</a><a href='/b.CBZ?x=y'>y</a><a href=/page>z</a>", URL, "text/html")
    assert [one.untrusted_url for one in content.pictures] == [
        "http://sample.onion/all.zip",
        "http://sample.onion/b.CBZ?x=y",
    ]
    assert all(one.linked_only for one in content.pictures)
    assert content.untrusted_links == ("http://sample.onion/page",)


@pytest.fixture(scope="module")
def worker() -> Iterator[WorkerPageReader]:
    with closing(WorkerPageReader(1, accepted=Layer.NAMESPACES)) as reader:
        yield reader


@pytest.mark.parametrize(
    ("untrusted", "content_type"),
    [
        (zipped({"a.png": PNG, "b.zip": zipped({"c.jpg": JPEG})}), "application/zip"),
        (zipped({"a.png": PNG})[:-30], "application/zip"),
        (zipped({"a.png": PNG}, zipfile.ZIP_LZMA), ""),
        (zipped({"bomb.png": PNG + bytes(BYTES_MOST)}), ""),
        (parts(PNG, JPEG), MIXED),
    ],
    ids=["nested", "cut", "unsupported", "bomb", "mixed"],
)
def test_the_confined_worker_reads_the_same(untrusted: bytes, content_type: str, worker: WorkerPageReader) -> None:
    answer = worker.read(untrusted, URL, content_type)
    assert answer == read_bundle(untrusted, content_type)
    assert isinstance(answer, PageContent)
    assert all(isinstance(one, PictureRef) for one in answer.pictures)
