"""Opening a container: zip, tar, gzip, bzip2, xz, zstd, mail, multipart bodies; and carving in other files.

- Files are returned in the order of the container, each with its path, within one budget for all levels.
- A picture, film, document or unknown file that is not read is returned with its reason. Text, sound and programs are
  passed over, unless they are named like a picture.
- Nothing is unpacked to a file. Never raises for any bytes.
"""

from collections.abc import Iterable, Iterator

from matcher.containers.archives import ArchiveEntry, tar_entries, zip_entries
from matcher.containers.carve import Carver
from matcher.containers.compressed import decompressing
from matcher.containers.contents import (
    DEPTH_MOST,
    ENTRIES_MOST,
    LEVEL,
    SECONDS_MOST,
    Contents,
    Read,
    UnreadEntryReason,
    shown_name,
)
from matcher.containers.kinds import (
    COMPRESSED,
    PICTURE_NAME,
    Container,
    appended_zip,
    boundary,
    container_of,
    embedded_from,
    is_picture,
    may_hold_pictures,
)
from matcher.containers.mail import mail_parts


def open_container(untrusted: bytes, untrusted_content_type: str = "", seconds: float = SECONDS_MOST) -> Contents:
    """Return the files in a container, or the pictures embedded in another file."""
    contents = Contents(seconds)
    kind, between = container_of(untrusted), boundary(untrusted_content_type)
    if kind is None and between:
        _add_parts(contents, untrusted, between)
    else:
        _open(contents, kind, untrusted, "", 0)
    return contents


def _open(contents: Contents, kind: Container | None, untrusted: bytes, place: str, depth: int) -> None:
    if kind is None:
        _add_embedded(contents, untrusted, place, depth)
        return
    try:
        for ordinal, (name, entry) in enumerate(_entries(kind, untrusted), 1):
            if contents.full:
                contents.cut = True
                return
            if entry is not None:
                _add_entry(contents, name, entry, f"{place}{ordinal}/{shown_name(name)}", depth)
    except Exception:  # noqa: BLE001 - archive readers raise anything on hostile bytes; the message is not kept
        contents.add(f"{place}0/", b"", UnreadEntryReason.DAMAGED)


def _add_embedded(contents: Contents, untrusted: bytes, place: str, depth: int) -> None:
    """Add the pictures embedded in other bytes or appended to a picture, and the files of an appended zip archive."""
    start = embedded_from(untrusted)
    if start is None:
        return
    carver = Carver(untrusted)
    for found in carver.pictures(start):
        picture = untrusted[found] if contents.has_room(found.stop - found.start) else b""
        contents.add(f"{place}{found.start}/embedded", picture, UnreadEntryReason.TOO_LARGE, carved=True)
    contents.cut |= carver.cut
    at = appended_zip(untrusted, start)
    if at is not None and depth < DEPTH_MOST:
        _open(contents, Container.ZIP, untrusted[at:], f"{place}{at}/appended{LEVEL}", depth + 1)


def _entries(kind: Container, untrusted: bytes) -> Iterable[ArchiveEntry]:
    if kind is Container.ZIP:
        return zip_entries(untrusted)
    if kind is Container.TAR:
        return tar_entries(untrusted)
    if kind in COMPRESSED:
        return [("content", decompressing(kind, untrusted))]
    return _mail_entries(untrusted)


def _mail_entries(untrusted: bytes) -> Iterator[ArchiveEntry]:
    return ((name, _reader(part)) for name, part in mail_parts(untrusted))


def _reader(untrusted: bytes) -> Read:
    rest = [untrusted]
    return lambda _: rest.pop() if rest else b""


def _add_entry(contents: Contents, name: str, entry: Read | UnreadEntryReason, path: str, depth: int) -> None:
    """Add an entry, or what it holds if it is itself a container or has pictures embedded in it."""
    if contents.late:
        contents.add(path, b"", UnreadEntryReason.LATE)
        return
    untrusted, unread = (b"", entry) if isinstance(entry, UnreadEntryReason) else contents.read(name, entry)
    kind = container_of(untrusted) if untrusted else None
    if kind is not None and depth >= DEPTH_MOST:
        contents.add(path, b"", UnreadEntryReason.NESTED)
    elif kind is not None or may_hold_pictures(untrusted):
        _add_inner(contents, kind, untrusted, path, depth)
    elif untrusted or unread or PICTURE_NAME.search(name):
        contents.add(path, untrusted, unread or UnreadEntryReason.DAMAGED)


def _add_inner(contents: Contents, kind: Container | None, untrusted: bytes, path: str, depth: int) -> None:
    """Add what a file within the container holds; and the file itself, unless it was opened and its files added."""
    before = len(contents.files)
    _open(contents, kind, untrusted, f"{path}{LEVEL}", depth + 1)
    if kind is None or len(contents.files) == before:
        contents.add(path, untrusted)


def _add_parts(contents: Contents, untrusted: bytes, between: bytes) -> None:
    """Add each part between boundaries (RFC 2046, 5.1). A truncated last part counts, as in browsers."""
    parts = untrusted.split(b"--" + between.removeprefix(b"--"), ENTRIES_MOST + 1)[1:]
    for ordinal, part in enumerate(parts, 1):
        head, _, body = part.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")
        if body and (is_picture(body) or b"image/" in head.lower()):
            contents.add(f"{ordinal}/", body.removesuffix(b"\r\n"))
