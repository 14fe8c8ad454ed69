"""Recognition of files that may hold pictures, by their bytes. Nothing is decoded: it may run outside the worker."""

import re
from enum import Enum, auto
from typing import Final

from matcher.containers.carve import SIGNATURES, picture_end
from matcher.fingerprint import UndecidedReason
from matcher.picture.media_types import MediaType, sniff
from matcher.picture.other_media import MAIL

PICTURE_NAME: Final = re.compile(
    r"\.(?:jpe?g|jpe|jfif|pjpeg|png|apng|gif|webp|avif|bmp|tiff?|heic|heif|jxl|jp2|j2k|ico|svgz?)\Z", re.IGNORECASE
)
"""The end of a name that pictures have."""
_BOUNDARY: Final = re.compile(r"multipart/[a-z-]+\s*;.*?boundary\s*=\s*\"?([^\s\";,]{1,70})", re.IGNORECASE)
_TAR_MAGIC_AT: Final = 257


class Container(Enum):
    """A kind of file that is opened."""

    ZIP = auto()
    TAR = auto()
    GZIP = auto()
    BZIP2 = auto()
    XZ = auto()
    ZSTD = auto()
    MAIL = auto()


COMPRESSED: Final = frozenset((Container.GZIP, Container.BZIP2, Container.XZ, Container.ZSTD))
"""Kinds that hold one file, which may itself be a container."""
_ZIP: Final = b"PK\x03\x04"
_WITH_END: Final = frozenset((MediaType.JPEG, MediaType.PNG, MediaType.GIF, MediaType.WEBP))
_MAGIC: Final = (
    (0, _ZIP, Container.ZIP),
    (0, b"PK\x05\x06", Container.ZIP),
    (0, b"PK\x07\x08PK\x03\x04", Container.ZIP),
    (_TAR_MAGIC_AT, b"ustar", Container.TAR),
    (0, b"\x1f\x8b\x08", Container.GZIP),
    (0, b"BZh", Container.BZIP2),
    (0, b"\xfd7zXZ\x00", Container.XZ),
    (0, b"(\xb5/\xfd", Container.ZSTD),
)


def container_of(untrusted: bytes) -> Container | None:
    """Return the kind of container, or None for other bytes."""
    for at, magic, kind in _MAGIC:
        if untrusted.startswith(magic, at):
            return kind
    return Container.MAIL if MAIL.match(untrusted) else None


def boundary(untrusted_content_type: str) -> bytes | None:
    """Return the delimiter between the parts of a multipart body, if its type names one."""
    found = _BOUNDARY.match(untrusted_content_type.strip())
    return None if found is None else found[1].encode()


def holds_files(untrusted: bytes, untrusted_content_type: str = "") -> bool:
    """Return True for a container, and for a body of several parts."""
    return container_of(untrusted) is not None or boundary(untrusted_content_type) is not None


def may_hold_pictures(untrusted: bytes, untrusted_content_type: str = "") -> bool:
    """Return True if a body is a container, or may have pictures embedded in it or appended to it."""
    if holds_files(untrusted, untrusted_content_type):
        return True
    start = embedded_from(untrusted)
    if start is None:
        return False
    return SIGNATURES.search(untrusted, start) is not None or appended_zip(untrusted, start) is not None


def embedded_from(untrusted: bytes) -> int | None:
    """Return the offset from which bytes are searched for embedded pictures: after the end of a picture.

    None for a film, and for a picture of a format whose end is not known.
    """
    kind = sniff(untrusted)
    if isinstance(kind, MediaType):
        return picture_end(untrusted) if kind in _WITH_END else None
    return 1 if kind.not_examined and kind is not UndecidedReason.NOT_EXAMINED_FILM else None


def appended_zip(untrusted: bytes, start: int) -> int | None:
    """Return the offset of a zip archive after the end of a picture."""
    at = untrusted.find(_ZIP, start) if start > 1 else -1
    return at if at >= 0 else None


def is_picture(untrusted: bytes) -> bool:
    """Return True if the bytes begin like a picture of any format, supported or not."""
    kind = sniff(untrusted)
    return not (isinstance(kind, UndecidedReason) and kind.not_examined)
