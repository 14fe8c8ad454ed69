"""Recognition of files that may hold pictures, by their bytes. Nothing is decoded: it may run outside the worker."""

import re
from enum import Enum, auto
from typing import Final

from matcher.fingerprint import UndecidedReason
from matcher.picture.media_types import sniff
from matcher.picture.other_media import MAIL

PICTURE_NAME: Final = re.compile(
    r"\.(?:jpe?g|jpe|jfif|pjpeg|png|apng|gif|webp|avif|bmp|tiff?|heic|heif|jxl|jp2|j2k|ico|svgz?)\Z", re.IGNORECASE
)
"""The end of a name that pictures have."""
SIGNATURES: Final = re.compile(
    rb"\xff\xd8\xff[\xc0-\xc4\xdb\xdd\xe0-\xef\xfe]|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBPVP8", re.DOTALL
)
"""The beginnings of the formats that are carved."""
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
_MAGIC: Final = (
    (0, b"PK\x03\x04", Container.ZIP),
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
    """Return True if a body is a container, or has parts, or is no picture and may have pictures embedded in it."""
    if holds_files(untrusted, untrusted_content_type):
        return True
    return is_carved(untrusted) and SIGNATURES.search(untrusted, 1) is not None


def is_carved(untrusted: bytes) -> bool:
    """Return True for bytes that are neither a picture nor a film: these are searched for embedded pictures."""
    kind = sniff(untrusted)
    is_other = isinstance(kind, UndecidedReason) and kind.not_examined
    return is_other and kind is not UndecidedReason.NOT_EXAMINED_FILM


def is_picture(untrusted: bytes) -> bool:
    """Return True if the bytes begin like a picture of any format, supported or not."""
    kind = sniff(untrusted)
    return not (isinstance(kind, UndecidedReason) and kind.not_examined)
