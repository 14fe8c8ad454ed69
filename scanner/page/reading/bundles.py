"""Pictures in zip archives and multipart bodies (multipart/x-mixed-replace). In memory only.

Read in the confined worker, within bounds. Each picture is named by the ordinal of its entry and the name in the
archive (hostile text). An entry that may be a picture and is not read has a reason. Stored and deflated entries are
read, and archives in an archive one level deep; nothing is unpacked to a file.
"""

import io
import zipfile
import zlib
from typing import Final, cast

from matcher.fingerprint import UndecidedReason
from matcher.picture.media_types import sniff
from scanner.page.bundle_kinds import ZIP, boundary
from scanner.page.content import PageContent, PictureRef, UnreadEntryReason, Way
from scanner.page.markup.embeddings import is_picture_name
from scanner.page.reading.notes import Note

ENTRIES_MOST: Final = 2_000
BYTES_MOST: Final = 32 * 2**20
"""For all pictures of a bundle together."""
NAME_CHARACTERS_MOST: Final = 200
_NESTED_MOST: Final = 1
_PIECE_BYTES: Final = 2**16
_READABLE: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1


def read_bundle(untrusted: bytes, untrusted_content_type: str) -> PageContent:
    """Return the pictures of a bundle in order, each with its entry. Never raises for any bytes."""
    bundle = _Bundle()
    if untrusted.startswith(ZIP):
        bundle.add_archive(untrusted, "", 0)
    elif between := boundary(untrusted_content_type):
        bundle.add_parts(untrusted, between)
    notes = (Note.MORE_ENTRIES.value,) if bundle.cut else ()
    return PageContent((), tuple(bundle.pictures), notes)


class _Bundle:
    """Collects the pictures of one bundle, within one budget for all levels."""

    def __init__(self) -> None:
        self.pictures: list[PictureRef] = []
        self.cut = False
        """True if there are more entries than the limit."""
        self._left = BYTES_MOST

    def add_archive(self, untrusted: bytes, place: str, depth: int) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(untrusted)) as archive:
                for ordinal, entry in enumerate(archive.infolist(), 1):
                    if not entry.is_dir():
                        self._add_entry(archive, entry, f"{place}{ordinal}/{_name(entry)}", depth)
        except Exception:  # noqa: BLE001 - zipfile raises anything on hostile bytes; its message is not kept
            self._add(f"{place}0/", Way.ARCHIVE, b"", UnreadEntryReason.DAMAGED)

    def add_parts(self, untrusted: bytes, between: bytes) -> None:
        """Add each part between boundaries (RFC 2046, 5.1). A truncated last part counts, as in browsers."""
        parts = untrusted.split(b"--" + between.removeprefix(b"--"), ENTRIES_MOST + 1)[1:]
        for ordinal, part in enumerate(parts, 1):
            head, _, body = part.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
            if body and (_is_picture(body) or b"image/" in head.lower()):
                self._add(f"{ordinal}/", Way.MULTIPART, body.removesuffix(b"\r\n"))

    def _add_entry(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: str, depth: int) -> None:
        untrusted, unread = self._read(archive, entry)
        if untrusted.startswith(ZIP):
            if depth < _NESTED_MOST:
                self.add_archive(untrusted, f"{place}/", depth + 1)
            else:
                self._add(place, Way.ARCHIVE, b"", UnreadEntryReason.NESTED)
        elif untrusted and (_is_picture(untrusted) or is_picture_name(entry.filename)):
            self._add(place, Way.ARCHIVE, untrusted)
        elif unread or is_picture_name(entry.filename):
            self._add(place, Way.ARCHIVE, b"", unread or UnreadEntryReason.DAMAGED)

    def _read(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[bytes, UnreadEntryReason | None]:
        """Return the bytes of an entry as far as they can be read, and the reason if not all."""
        if entry.flag_bits & _ENCRYPTED:
            return b"", UnreadEntryReason.ENCRYPTED
        if entry.compress_type not in _READABLE:
            return b"", UnreadEntryReason.NOT_SUPPORTED
        decoded = io.BytesIO()
        try:
            with cast("zipfile.ZipExtFile", archive.open(entry)) as file:
                setattr(file, "_expected_crc", None)  # noqa: B010 - with a wrong sum, zipfile would keep the bytes
                while piece := file.read(_PIECE_BYTES):
                    decoded.write(piece)
                    if decoded.tell() > self._left:
                        return b"", UnreadEntryReason.TOO_LARGE
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
            return decoded.getvalue(), UnreadEntryReason.DAMAGED
        return decoded.getvalue(), None

    def _add(self, place: str, way: Way, untrusted: bytes, unread: UnreadEntryReason | None = None) -> None:
        if len(self.pictures) >= ENTRIES_MOST:
            self.cut = True
            return
        if len(untrusted) > self._left:
            untrusted, unread = b"", UnreadEntryReason.TOO_LARGE
        self._left -= len(untrusted)
        self.pictures.append(
            PictureRef("", way.value, untrusted_inline=untrusted, untrusted_entry=place, unread=unread)
        )


def _is_picture(untrusted: bytes) -> bool:
    return sniff(untrusted) is not UndecidedReason.NOT_A_PICTURE


def _name(entry: zipfile.ZipInfo) -> str:
    return entry.filename[:NAME_CHARACTERS_MOST].encode("utf-8", "replace").decode("utf-8")
