"""The kinds of files that are not pictures, by their first bytes: a closed list.

Such a file is not examined, and its kind is the reason: only a file that was looked at ends as `no match`.
"""

import re
from typing import Final

from matcher.fingerprint import UndecidedReason
from matcher.picture.svg import Untrusted

_HEAD_BYTES: Final = 4_096
_FILM: Final = UndecidedReason.NOT_EXAMINED_FILM
_SOUND: Final = UndecidedReason.NOT_EXAMINED_SOUND
_DOCUMENT: Final = UndecidedReason.NOT_EXAMINED_DOCUMENT
_ARCHIVE: Final = UndecidedReason.NOT_EXAMINED_ARCHIVE
_PROGRAM: Final = UndecidedReason.NOT_EXAMINED_PROGRAM
_TEXT: Final = UndecidedReason.NOT_EXAMINED_TEXT
_UNKNOWN: Final = UndecidedReason.NOT_EXAMINED_UNKNOWN

_MAGIC: Final[tuple[tuple[int, bytes, UndecidedReason], ...]] = (
    (0, b"\x1aE\xdf\xa3", _FILM),  # Matroska, WebM
    (0, b"FLV\x01", _FILM),
    (0, b"0&\xb2u\x8ef\xcf\x11", _FILM),  # ASF: WMV, WMA
    (0, b"\x00\x00\x01\xba", _FILM),  # MPEG program stream
    (0, b"\x00\x00\x01\xb3", _FILM),  # MPEG video
    (0, b".RMF", _FILM),
    (0, b"\x8aMNG\r\n\x1a\n", _FILM),
    (0, b"FWS", _FILM),  # Flash
    (0, b"CWS", _FILM),
    (0, b"ZWS", _FILM),
    (4, b"moov", _FILM),  # QuickTime without a file type box
    (4, b"mdat", _FILM),
    (4, b"wide", _FILM),
    (8, b"AVI ", _FILM),
    (8, b"WAVE", _SOUND),
    (8, b"AIFF", _SOUND),
    (8, b"AIFC", _SOUND),
    (0, b"ID3", _SOUND),
    (0, b"fLaC", _SOUND),
    (0, b"OggS", _SOUND),
    (0, b"#!AMR", _SOUND),
    (0, b"MThd", _SOUND),
    (0, b".snd", _SOUND),
    (0, b"caff", _SOUND),
    (0, b"wvPK", _SOUND),
    (0, b"%PDF-", _DOCUMENT),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _DOCUMENT),  # OLE: old Office, Outlook messages
    (0, b"{\\rtf", _DOCUMENT),
    (0, b"AT&TFORM", _DOCUMENT),  # DjVu
    (0, b"ITSF", _DOCUMENT),  # compiled HTML help
    (60, b"BOOKMOBI", _DOCUMENT),
    (0, b"!BDN", _DOCUMENT),  # Outlook folders
    (30, b"[Content_Types].xml", _DOCUMENT),  # Office Open XML, a zip archive
    (30, b"mimetypeapplication/", _DOCUMENT),  # OpenDocument and EPUB, zip archives
    (0, b"PK\x03\x04", _ARCHIVE),
    (0, b"PK\x05\x06", _ARCHIVE),
    (0, b"PK\x07\x08", _ARCHIVE),
    (0, b"Rar!\x1a\x07", _ARCHIVE),
    (0, b"7z\xbc\xaf'\x1c", _ARCHIVE),
    (0, b"\x1f\x8b", _ARCHIVE),  # gzip
    (0, b"\x1f\x9d", _ARCHIVE),  # compress
    (0, b"BZh", _ARCHIVE),
    (0, b"\xfd7zXZ\x00", _ARCHIVE),
    (0, b"(\xb5/\xfd", _ARCHIVE),  # zstd
    (0, b'\x04"M\x18', _ARCHIVE),  # lz4
    (0, b"MSCF", _ARCHIVE),  # cabinet
    (257, b"ustar", _ARCHIVE),  # tar
    (0, b"!<arch>\n", _ARCHIVE),
    (0, b"xar!", _ARCHIVE),
    (2, b"-lh", _ARCHIVE),
    (0, b"07070", _ARCHIVE),  # cpio
    (0, b"hsqs", _ARCHIVE),
    (32_769, b"CD001", _ARCHIVE),  # ISO 9660
    (0, b"MZ", _PROGRAM),
    (0, b"\x7fELF", _PROGRAM),
    (0, b"\xca\xfe\xba\xbe", _PROGRAM),  # Java, Mach-O
    (0, b"\xcf\xfa\xed\xfe", _PROGRAM),
    (0, b"\xce\xfa\xed\xfe", _PROGRAM),
    (0, b"\x00asm", _PROGRAM),
    (0, b"dex\n", _PROGRAM),
    (0, b"#!", _PROGRAM),
)
_SOUND_BRANDS: Final = frozenset((b"M4A ", b"M4B ", b"M4P ", b"F4A "))
_MPEG_SOUND: Final = re.compile(rb"\xff[\xe2-\xe5\xf0-\xf5\xf8-\xfd][\x10-\xef]")
"""Layers II and III, and ADTS."""
_MPEG_PACKET_BYTES: Final = 188
MAIL: Final = re.compile(
    rb"(?:From [^\r\n]{1,1000}\r?\n|(?:Received|Return-Path|Delivered-To|MIME-Version|Message-ID|X-[A-Za-z-]{1,60}|From"
    rb"|Content-Type|Subject|Date)[ \t]*:[^\r\n]{0,2000}\r?\n(?:[A-Za-z][A-Za-z0-9-]{0,60}:|[ \t]))",
    re.IGNORECASE,
)
"""The beginning of a mail message, a mail folder (mbox) or a saved page (MHTML)."""
_CONTROLS: Final = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")


def not_examined(untrusted: Untrusted) -> UndecidedReason:
    """Return the reason that names the kind of bytes that are not a picture."""
    head = bytes(untrusted[:_HEAD_BYTES])
    if head[4:8] == b"ftyp":
        return _SOUND if head[8:12] in _SOUND_BRANDS else _FILM
    if head.startswith(b"OggS") and b"theora" in head:
        return _FILM
    by_magic = next((reason for at, magic, reason in _MAGIC if untrusted.startswith(magic, at)), None)
    return by_magic or _without_magic(head)


def _without_magic(head: bytes) -> UndecidedReason:
    if b"%PDF-" in head[:1024] or MAIL.match(head):
        return _DOCUMENT
    if head[:1] == b"G" and head[_MPEG_PACKET_BYTES : _MPEG_PACKET_BYTES + 1] == b"G" and _CONTROLS.search(head):
        return _FILM  # MPEG transport stream
    if _MPEG_SOUND.match(head):
        return _SOUND
    return _TEXT if _is_text(head) else _UNKNOWN


def _is_text(head: bytes) -> bool:
    """Return True for text in UTF-16 with a mark, or in an encoding that extends ASCII."""
    return bool(head) and (head.startswith((b"\xff\xfe", b"\xfe\xff")) or _CONTROLS.search(head) is None)
