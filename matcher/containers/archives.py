"""The entries of zip and tar archives, without unpacking to a file."""

import io
import tarfile
import zipfile
from collections.abc import Iterator
from typing import Final, cast

from matcher.containers.contents import Read, UnreadEntryReason

_READABLE: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Compressions that zipfile decodes in bounded steps."""
_ENCRYPTED: Final = 0x1

ArchiveEntry = tuple[str, Read | UnreadEntryReason | None]
"""The name of an entry, and how to read it or the reason for not reading it; None for a folder or a link."""


def zip_entries(untrusted: bytes) -> Iterator[ArchiveEntry]:
    """Yield the entries of a zip archive. Raises anything for hostile bytes."""
    with zipfile.ZipFile(io.BytesIO(untrusted)) as archive:
        for entry in archive.infolist():
            yield entry.filename, None if entry.is_dir() else _zip_reader(archive, entry)


def _zip_reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Read | UnreadEntryReason:
    if entry.flag_bits & _ENCRYPTED:
        return UnreadEntryReason.ENCRYPTED
    if entry.compress_type not in _READABLE:
        return UnreadEntryReason.NOT_SUPPORTED
    opened: list[zipfile.ZipExtFile] = []

    def read(most: int) -> bytes:
        if not opened:
            file = cast("zipfile.ZipExtFile", archive.open(entry))
            setattr(file, "_expected_crc", None)  # noqa: B010 - with a wrong sum, zipfile would keep the bytes
            opened.append(file)
        return opened[0].read(most)

    return read


def tar_entries(untrusted: bytes) -> Iterator[ArchiveEntry]:
    """Yield the entries of an uncompressed tar archive. Raises anything for hostile bytes."""
    with tarfile.open(fileobj=io.BytesIO(untrusted), mode="r:") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            yield member.name, file.read if file is not None else None
