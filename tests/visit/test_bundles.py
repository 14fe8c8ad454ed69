"""Archives and rows of pictures on a visit: each picture within is a sighting, or counted with the reason why not."""

import io
import zipfile
from pathlib import Path

from tests.containers.making import message
from tests.simulators.onions import Reply, page_of
from tests.visit.scene import HOME, OTHER, Scene

GIF = b"known-"
HEAD = b"--x\r\nContent-Type: image/gif\r\n\r\n"


def zipped(**entries: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return whole.getvalue()


def encrypted(whole: bytes) -> bytes:
    """The archive with all that its first entry says of itself, and the flag that it is encrypted."""
    changed = bytearray(whole)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[changed.index(magic) + at] |= 1
    return bytes(changed)


def test_each_picture_in_an_archive_is_a_sighting_of_its_own(tmp_path: Path) -> None:
    replies = {
        f"{HOME}/": page_of(pictures=[f"{OTHER}/all.zip"]),
        f"{OTHER}/all.zip": Reply(
            zipped(**{"a.gif": GIF + b"a", "ä b.gif": GIF + b"b", "c.txt": b"x"}), "application/zip"
        ),
    }
    scene = Scene(tmp_path, replies)
    scene.visit()
    (page,) = scene.pages()
    urls = [picture["place"]["url"] for picture in page["pictures"]]
    assert urls == [f"{OTHER}/all.zip#1/a.gif", f"{OTHER}/all.zip#2/%C3%A4%20b.gif"]
    assert {picture["place"]["embedding"] for picture in page["pictures"]} == {"zip archive"}
    assert {picture["place"]["relation"] for picture in page["pictures"]} == {"embedded from elsewhere"}
    assert page["counts"]["pictures"] == 2
    assert scene.onions.asked.count(f"{OTHER}/all.zip") == 1


def test_an_entry_that_cannot_be_read_is_counted_with_its_reason(tmp_path: Path) -> None:
    replies = {
        f"{HOME}/": page_of(pictures=[f"{HOME}/locked.zip"]),
        f"{HOME}/locked.zip": Reply(encrypted(zipped(**{"a.gif": GIF, "b.gif": GIF}))),
    }
    scene = Scene(tmp_path, replies)
    scene.visit()
    (page,) = scene.pages()
    assert page["counts"]["failed"] == {"archive entry: encrypted": 1}
    assert page["counts"]["pictures"] == 2


def test_an_archive_in_a_pages_place_is_read(tmp_path: Path) -> None:
    replies = {f"{HOME}/": Reply(zipped(**{"a.gif": GIF}), "application/zip")}
    scene = Scene(tmp_path, replies)
    scene.visit()
    (page,) = scene.pages()
    assert [picture["place"]["url"] for picture in page["pictures"]] == [f"{HOME}/#1/a.gif"]


def test_each_part_of_a_row_of_pictures_is_a_sighting(tmp_path: Path) -> None:
    row = HEAD + GIF + b"1\r\n" + HEAD + GIF + b"2\r\n--x--"
    replies = {
        f"{HOME}/": page_of(pictures=[f"{HOME}/camera"]),
        f"{HOME}/camera": Reply(row, "multipart/x-mixed-replace; boundary=x"),
    }
    scene = Scene(tmp_path, replies)
    scene.visit()
    (page,) = scene.pages()
    assert [picture["place"]["url"] for picture in page["pictures"]] == [f"{HOME}/camera#1/", f"{HOME}/camera#2/"]


def test_an_archive_without_pictures_is_no_picture(tmp_path: Path) -> None:
    replies = {f"{HOME}/": page_of(pictures=[f"{HOME}/x.zip"]), f"{HOME}/x.zip": Reply(zipped(**{"a.txt": b"x"}))}
    scene = Scene(tmp_path, replies)
    scene.visit()
    (page,) = scene.pages()
    assert page["counts"]["pictures"] == 1


def test_a_film_in_a_pages_place_is_counted_as_not_examined(tmp_path: Path) -> None:
    film = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41"
    replies = {f"{HOME}/": page_of(links=[f"{HOME}/film.mp4"]), f"{HOME}/film.mp4": Reply(film, "video/mp4")}
    scene = Scene(tmp_path, replies)
    scene.visit()
    counts = {page["page"]["url"]: page["counts"]["pictures"] for page in scene.pages()}
    assert counts == {f"{HOME}/": 0, f"{HOME}/film.mp4": 1}


def test_a_picture_in_a_document_is_a_sighting_and_the_document_is_counted(tmp_path: Path) -> None:
    document = b"%PDF-1.4\n" + b"\xff\xd8\xff\xe0\x00\x04ab" + bytes(40) + b"\xff\xd9"
    replies = {f"{HOME}/": page_of(pictures=[f"{HOME}/a"]), f"{HOME}/a": Reply(document, "application/pdf")}
    scene = Scene(tmp_path, replies)
    scene.visit()
    (page,) = scene.pages()
    assert page["counts"]["pictures"] == 2
    assert [url for url in scene.onions.asked if url.endswith("/a")] == [f"{HOME}/a"]


def test_each_attachment_of_a_message_is_a_sighting(tmp_path: Path) -> None:
    replies = {
        f"{HOME}/": page_of(pictures=[f"{HOME}/a.eml"]),
        f"{HOME}/a.eml": Reply(message({"1.gif": GIF + b"1"}), "message/rfc822"),
    }
    scene = Scene(tmp_path, replies)
    scene.visit()
    (page,) = scene.pages()
    assert [picture["place"]["url"] for picture in page["pictures"]] == [f"{HOME}/a.eml#2/1.gif"]
    assert {picture["place"]["embedding"] for picture in page["pictures"]} == {"mail"}
