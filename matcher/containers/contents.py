"""The files found in a container, as values, and the budget within which they are read."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from matcher.containers.kinds import PICTURE_NAME, container_of, is_picture
from matcher.fingerprint import UndecidedReason
from matcher.picture.media_types import sniff

ENTRIES_MOST: Final = 2_000
BYTES_MOST: Final = 32 * 2**20
"""For all files that are returned together."""
DECODED_BYTES_MOST: Final = 512 * 2**20
"""For all bytes that are decompressed, also of files that are not returned: it bounds any ratio."""
SECONDS_MOST: Final = 5.0
DEPTH_MOST: Final = 3
"""Containers within containers."""
NAME_CHARACTERS_MOST: Final = 200
LEVEL: Final = "!"
"""Separates the levels of an entry's path. In a name it is written `%21`."""
_PIECE_BYTES: Final = 2**16
_PASSED_OVER: Final = frozenset(
    (UndecidedReason.NOT_EXAMINED_TEXT, UndecidedReason.NOT_EXAMINED_PROGRAM, UndecidedReason.NOT_EXAMINED_SOUND)
)
"""Kinds that are not returned, unless the name is that of a picture: their container counts for them."""


class UnreadEntryReason(StrEnum):
    """A reason for not reading a file in a container: a closed list. It counts as failed, with this cause."""

    ENCRYPTED = "archive entry: encrypted"
    NOT_SUPPORTED = "archive entry: a compression that is not supported"
    TOO_LARGE = "archive entry: more bytes than the limit"
    NESTED = "archive entry: archives within archives beyond the limit"
    DAMAGED = "archive entry: damaged"
    LATE = "archive entry: not reached within the time limit"


@dataclass(frozen=True, slots=True)
class ContainedFile:
    """A file in a container. `untrusted_path` has an ordinal, a slash and a name for each level, joined by `!`.

    `carved` is True for a picture that was found in the bytes of another file. `unread` is set if there are no bytes.
    """

    untrusted_path: str
    untrusted_bytes: bytes = field(default=b"", repr=False)
    unread: UnreadEntryReason | None = None
    carved: bool = False


Read = Callable[[int], bytes]
"""Returns at most this many further bytes of an entry; empty at the end. Raises anything for hostile bytes."""


class Contents:
    """Collects the files of one container, within one budget for all levels."""

    def __init__(self, seconds: float = SECONDS_MOST) -> None:
        self.files: list[ContainedFile] = []
        self.cut = False
        """True if there are more entries than the limit."""
        self._left = BYTES_MOST
        self._left_for_others = BYTES_MOST // 2
        """Bytes for files that are not pictures, so that they leave room for pictures."""
        self._decoded_left = DECODED_BYTES_MOST
        self._ends = time.monotonic() + seconds

    @property
    def late(self) -> bool:
        """True if the time is over."""
        return time.monotonic() > self._ends

    @property
    def full(self) -> bool:
        """True if no further file is accepted."""
        return len(self.files) >= ENTRIES_MOST

    def has_room(self, size: int) -> bool:
        """Return True if a picture of this many bytes is still accepted."""
        return size <= self._left

    def read(self, name: str, read: Read) -> tuple[bytes, UnreadEntryReason | None]:
        """Return the bytes of an entry as far as they can be read, and the reason if not all. Empty if passed over."""
        decoded = bytearray()
        try:
            while piece := read(_PIECE_BYTES):
                if not decoded and is_passed_over(name, piece):
                    return b"", None
                decoded += piece
                self._decoded_left -= len(piece)
                if len(decoded) > self._left or self._decoded_left < 0:
                    return b"", UnreadEntryReason.TOO_LARGE
                if self.late:
                    return b"", UnreadEntryReason.LATE
        except Exception:  # noqa: BLE001 - decoders raise anything on hostile bytes; the message is not kept
            return bytes(decoded), UnreadEntryReason.DAMAGED
        return bytes(decoded), None

    def add(
        self, path: str, untrusted: bytes, unread: UnreadEntryReason | None = None, *, carved: bool = False
    ) -> None:
        """Add a file, or the reason for which it was not read."""
        if self.full:
            self.cut = True
            return
        is_other = bool(untrusted) and not is_picture(untrusted)
        if len(untrusted) > (self._left_for_others if is_other else self._left):
            untrusted, unread = b"", UnreadEntryReason.TOO_LARGE
        self._left -= len(untrusted)
        self._left_for_others -= len(untrusted) if is_other else 0
        self.files.append(ContainedFile(path, untrusted, None if untrusted else unread, carved))


def is_passed_over(name: str, untrusted_head: bytes) -> bool:
    """Return True for an entry that holds no picture by its first bytes and is not named like one."""
    if PICTURE_NAME.search(name) or container_of(untrusted_head):
        return False
    return sniff(untrusted_head) in _PASSED_OVER


def shown_name(untrusted_name: str) -> str:
    """Return the name of an entry, bounded, as valid text without a separator of levels."""
    name = untrusted_name[:NAME_CHARACTERS_MOST].encode("utf-8", "replace").decode("utf-8")
    return name.replace(LEVEL, "%21")
