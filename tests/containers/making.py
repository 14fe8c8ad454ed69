"""Benign containers of every kind, generated."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

from backports import zstd

from tests.matcher.pictures import jpeg, png, scene

JPEG, PNG = jpeg(scene(1, 64, 48)), png(scene(2, 48, 64))


def zipped(entries: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", compression) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return whole.getvalue()


def tarred(entries: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for name, body in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return whole.getvalue()


def message(pictures: Mapping[str, bytes]) -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "pictures", "a@example.org"
    mail.set_content("words")
    for name, body in pictures.items():
        mail.add_attachment(body, "image", "x-any", filename=name)
    return mail.as_bytes()


def saved_page(pictures: Mapping[str, bytes]) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "a saved page"
    mail.set_content("<img src=a>", subtype="html")
    mail.make_related()
    for name, body in pictures.items():
        mail.add_related(body, "image", "x-any", headers=[f"Content-Location: http://example.org/{name}"])
    return mail.as_bytes()


TWO: Mapping[str, bytes] = {"folder/1.jpg": JPEG, "2.png": PNG}
WORDS: Mapping[str, bytes] = {"words.txt": b"words"}
OPENED: Mapping[str, tuple[bytes, list[tuple[str, bytes]]]] = {
    "zip": (zipped(TWO), [("1/folder/1.jpg", JPEG), ("2/2.png", PNG)]),
    "stored zip": (zipped(TWO, zipfile.ZIP_STORED), [("1/folder/1.jpg", JPEG), ("2/2.png", PNG)]),
    "cbz": (zipped({"001": JPEG, "002": PNG}), [("1/001", JPEG), ("2/002", PNG)]),
    "docx": (
        zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<d/>", "word/media/image1.jpeg": JPEG}),
        [("3/word/media/image1.jpeg", JPEG)],
    ),
    "odt": (
        zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "Pictures/1.png": PNG}),
        [("2/Pictures/1.png", PNG)],
    ),
    "epub": (zipped({"mimetype": b"application/epub+zip", "OEBPS/cover": JPEG}), [("2/OEBPS/cover", JPEG)]),
    "tar": (tarred(TWO), [("1/folder/1.jpg", JPEG), ("2/2.png", PNG)]),
    "tar.gz": (gzip.compress(tarred(TWO)), [("1/content!1/folder/1.jpg", JPEG), ("1/content!2/2.png", PNG)]),
    "tar.bz2": (bz2.compress(tarred(TWO)), [("1/content!1/folder/1.jpg", JPEG), ("1/content!2/2.png", PNG)]),
    "tar.xz": (lzma.compress(tarred(TWO)), [("1/content!1/folder/1.jpg", JPEG), ("1/content!2/2.png", PNG)]),
    "tar.zst": (zstd.compress(tarred(TWO)), [("1/content!1/folder/1.jpg", JPEG), ("1/content!2/2.png", PNG)]),
    "a compressed picture": (gzip.compress(PNG), [("1/content", PNG)]),
    "mail": (message({"a.jpg": JPEG, "b": PNG}), [("2/a.jpg", JPEG), ("3/b", PNG)]),
    "mail with an archive": (
        message({"a.zip": zipped(TWO)}),
        [("2/a.zip!1/folder/1.jpg", JPEG), ("2/a.zip!2/2.png", PNG)],
    ),
    "mail folder": (
        b"From a@b Mon\n" + message({"a.jpg": JPEG}) + b"\nFrom c@d Tue\n" + message({"b.png": PNG}),
        [("2/a.jpg", JPEG), ("4/b.png", PNG)],
    ),
    "MHTML": (saved_page({"p/1.jpg": JPEG}), [("2/1.jpg", JPEG)]),
    "zip in a zip": (
        zipped({"in!.zip": zipped(TWO)}),
        [("1/in%21.zip!1/folder/1.jpg", JPEG), ("1/in%21.zip!2/2.png", PNG)],
    ),
}
"""Each kind that is opened, with the paths and bytes of its pictures."""
