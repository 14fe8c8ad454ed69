"""Crypto-shredding: records with a destruction date are encrypted under that date's key, which is destroyed in time.

The record itself stays in the store, and in every copy and backup of it, unreadable for everybody, its recipient
included. Keep the keys' folder out of backups, or the records stay readable as long as they do.

ChaCha20-Poly1305 (RFC 8439) with a random nonce of 12 bytes in front, around the sealed bytes.
"""

from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from threading import Lock
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from config.faults import Fault, Refused
from reports import files
from reports.store.errors import StoreDamaged

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
SUFFIX: Final = ".key"
NAME: Final = f"%Y%m%dT%H%M%SZ{SUFFIX}"


class RetentionKeys:
    """The keys of one folder, which is made when the first is needed. Safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[Path, bytes] = {}
        self._lock = Lock()

    def wrap(self, destroy_by: datetime | None, sealed: bytes) -> bytes:
        """Return the stored form of a sealed record. Raise StoreDamaged if the key of its date cannot be kept."""
        if destroy_by is None:
            return sealed
        nonce = token_bytes(NONCE_BYTES)
        return nonce + ChaCha20Poly1305(self._key(destroy_by, make=True)).encrypt(nonce, sealed, None)

    def unwrap(self, destroy_by: datetime | None, kept: bytes) -> bytes:
        """Return the sealed record. Raise StoreDamaged if its key is gone or was replaced."""
        if destroy_by is None:
            return kept
        try:
            key = ChaCha20Poly1305(self._key(destroy_by, make=False))
            return key.decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], None)
        except InvalidTag:
            raise StoreDamaged(_gone(self._path(destroy_by), "does not open what it was made for")) from None

    def due(self, now: datetime) -> tuple[datetime, ...]:
        """Return the dates that have come and whose key still exists, earliest first."""
        names = (path.name for path in self._folder.glob(f"*{SUFFIX}"))
        dates = (datetime.strptime(name, NAME).replace(tzinfo=UTC) for name in names)
        return tuple(sorted(date for date in dates if date <= now))

    def destroy(self, destroy_by: datetime) -> None:
        """Destroy the key of a date: overwrite, then remove. Old blocks of a disk are beyond our reach."""
        path = self._path(destroy_by)
        with self._lock:
            self._keys.pop(path, None)
            if path.exists():
                files.overwrite(path)
                path.unlink()

    def _path(self, destroy_by: datetime) -> Path:
        return self._folder / destroy_by.astimezone(UTC).strftime(NAME)

    def _key(self, destroy_by: datetime, *, make: bool) -> bytes:
        path = self._path(destroy_by)
        with self._lock:
            if path not in self._keys:
                self._keys[path] = _sure(self._made(path) if make else files.read_secret(path))
            return self._keys[path]

    def _made(self, path: Path) -> bytes | Refused:
        """Return the key in this file, which another process may have made meanwhile."""
        refused = files.private_directory(self._folder)
        if refused is not None:
            return refused
        if not path.exists():
            files.write_new(path, token_bytes(KEY_BYTES))
        return files.read_secret(path)


def _sure(key: bytes | Refused) -> bytes:
    if isinstance(key, Refused):
        raise StoreDamaged(key.faults[0])
    return key


def _gone(path: Path, cause: str) -> Fault:
    return Fault(str(path), cause, "Put the right file in its place; without it, its records are lost.")
