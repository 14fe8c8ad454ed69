"""An untrusted file as its format reads it: gzip and zstd are unpacked in bounded steps, other containers are named.

A file that is no list but a database, a spreadsheet or the hash set of another program is recognised by its first
bytes. Read as text, it would end in a thousand faults.
"""

import zlib
from collections.abc import Callable
from gzip import GzipFile
from typing import IO, Any, Final, Protocol, cast

from backports.zstd import ZstdError, ZstdFile

from config.faults import Fault, Refused

_LOOK_BYTES: Final = 64
_STEP_BYTES: Final = 1 << 16
_MOST_RATIO: Final = 200
"""Hashes barely compress: a file that grows more than this is no list. The first bytes do not count."""
_FREE_BYTES: Final = 64 << 20

_EXPORT_CSV: Final = "Export it as CSV in UTF-8, and import that with --format csv."
_OTHERS: Final = (
    (
        b"SQLite format 3\0",
        "a SQLite database",
        "Export the hashes: `sqlite3 -readonly FILE -csv -header 'SELECT ...'`.",
    ),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet (.xlsx)", _EXPORT_CSV),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old spreadsheet (.xls)", _EXPORT_CSV),
    (b"HASH\r\n\xff\x00", "an EnCase hash set", f"In EnCase, export the set as text. {_EXPORT_CSV}"),
    (b"EVF\x09\r\n\xff\x00", "an EnCase image", "Export the hash set as text from EnCase, and import that."),
    (b"0" * 41, "a SleuthKit index", "Import the file that it was made from (without `-md5.idx` or `-sha1.idx`)."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it, and import the list within."),
    (b"BZh", "a bzip2 file", "Unpack it with `bunzip2`, and import the list within."),
    (b"\xfd7zXZ\0", "an xz file", "Unpack it with `unxz`, and import the list within."),
    (b"%PDF-", "a PDF", "Ask its issuer for the list as CSV."),
    (b"age-encryption.org/", "encrypted with age", "Open it first: `age --decrypt`."),
    (b"-----BEGIN PGP", "encrypted with PGP", "Open it first: `gpg --decrypt`."),
    (b"-----BEGIN AGE", "encrypted with age", "Open it first: `age --decrypt`."),
)


class _File(Protocol):
    def read(self, size: int) -> bytes: ...
    def readline(self, limit: int) -> bytes: ...


class DamagedError(Exception):
    """A compressed file is cut short or damaged, or unpacks to more than a list would."""


class Peeked:
    """A file whose first bytes were looked at."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self.begin = b""
        while len(self.begin) < _LOOK_BYTES and (data := file.read(_LOOK_BYTES - len(self.begin))):
            self.begin += data
        self._held = self.begin
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes; none at the end."""
        size = size if size >= 0 else _STEP_BYTES
        held, self._held = self._held[:size], self._held[size:]
        return self._counted(held or self._file.read(size))

    def readline(self, limit: int) -> bytes:
        """Return one line with its break, cut at `limit` bytes; nothing at the end."""
        end = self._held.find(b"\n", 0, limit) + 1 or min(limit, len(self._held))
        line, self._held = self._held[:end], self._held[end:]
        if not line.endswith(b"\n") and len(line) < limit:
            line += self._file.readline(limit - len(line))
        return self._counted(line)

    def _counted(self, data: bytes) -> bytes:
        self.taken += len(data)
        return data


class _Unpacked:
    """A compressed file, unpacked as it is read. Reading raises DamagedError."""

    def __init__(self, packed: Peeked, unpacked: IO[bytes]) -> None:
        self._packed, self._unpacked = packed, unpacked
        self._given = 0

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; none at the end."""
        return self._bounded(lambda: self._unpacked.read(size))

    def readline(self, limit: int) -> bytes:
        """Return one line with its break, cut at `limit` bytes; nothing at the end."""
        return self._bounded(lambda: self._unpacked.readline(limit))

    def _bounded(self, read: Callable[[], bytes]) -> bytes:
        try:
            data = read()
        except (EOFError, OSError, zlib.error, ZstdError) as wrong:
            message = "is damaged or was cut short, and cannot be unpacked"
            raise DamagedError(message) from wrong
        self._given += len(data)
        if self._given > _FREE_BYTES + _MOST_RATIO * self._packed.taken:
            message = f"unpacks to more than {_MOST_RATIO} times its size, as no list does"
            raise DamagedError(message)
        return data


def opened(untrusted_file: _File) -> Peeked | Refused:
    """Return the file, unpacked if it is compressed; refused if it is evidently no list.

    Reading it may raise DamagedError.
    """
    file = Peeked(untrusted_file)
    packed = cast("Any", file)
    if file.begin.startswith(b"\x1f\x8b"):
        file = Peeked(_Unpacked(file, cast("IO[bytes]", GzipFile(fileobj=packed, mode="rb"))))
    elif file.begin.startswith(b"\x28\xb5\x2f\xfd"):
        file = Peeked(_Unpacked(file, cast("IO[bytes]", ZstdFile(packed))))
    for magic, what, fix in _OTHERS:
        if file.begin.startswith(magic):
            return Refused((Fault("the file", f"is {what}, and not a list in this format", fix),))
    return file
