"""The codec of a page's content on the pipe of the worker. The parent trusts nothing in a reply.

A count is four bytes (little-endian); a field is a count and its bytes. Notes come first, as a bit field; then the
links and the parts, each a field; then the pictures: URL, inline bytes, entry of an archive, and four flag bytes (way
of embedding, second parser, named only, reason for not reading); then the identifiers, each 34 bytes (kind, way of
naming, value padded with zeros); then the names in the form of onion addresses, each 56 characters of base32.
Every value is checked against its bound and its closed list; one violation rejects the whole reply.
"""

import re
import struct
from typing import Final

from matcher.containers.contents import UnreadEntryReason
from matcher.identifiers import VALUE_BYTES, Identifier, IdentifierKind
from scanner.page.content import SECOND_PARSER, IdentifierRef, NamingKind, PageContent, PictureRef, Way
from scanner.page.limits import (
    IDENTIFIERS_MOST,
    INLINE_BYTES_MOST,
    LINKS_MOST,
    ONIONS_MOST,
    PARTS_MOST,
    PICTURES_MOST,
    URL_CHARACTERS_MOST,
)
from scanner.page.reading.notes import Note

_WAYS: Final = tuple(Way)
_NOTES: Final = tuple(Note)
_UNREAD: Final = (None, *UnreadEntryReason)
_COUNT: Final = struct.Struct("<I")
_FLAGS: Final = struct.Struct("<BBBB")
_KINDS: Final = tuple(IdentifierKind)
_NAMED_BY: Final = tuple(NamingKind)
_IDENTIFIER: Final = struct.Struct("<BB32s")
_ONION: Final = re.compile(rb"[a-z2-7]{56}")
_ONION_BYTES: Final = 56
_TEXT_BYTES_MOST: Final = 4 * URL_CHARACTERS_MOST
MAX_REPLY_BYTES: Final = (
    _TEXT_BYTES_MOST
    + INLINE_BYTES_MOST
    + 4 * (6 + LINKS_MOST + PARTS_MOST + 4 * PICTURES_MOST)
    + _IDENTIFIER.size * IDENTIFIERS_MOST
    + _ONION_BYTES * ONIONS_MOST
)


class MalformedPageReplyError(Exception):
    """A reply that violates the format: its worker is not to be trusted. Holds no bytes."""


def pack(content: PageContent) -> bytes:
    """Return the content as the worker sends it."""
    notes = sum(1 << _NOTES.index(Note(note)) for note in content.notes)
    packed = [_COUNT.pack(notes)]
    for urls in (content.untrusted_links, content.untrusted_parts):
        packed += [_COUNT.pack(len(urls)), *map(_text, urls)]
    packed.append(_COUNT.pack(len(content.pictures)))
    for picture in content.pictures:
        packed += [_text(picture.untrusted_url), _field(picture.untrusted_inline)]
        packed += [_text(picture.untrusted_entry), _flags(picture)]
    packed += [_COUNT.pack(len(content.identifiers)), *map(_identifier, content.identifiers)]
    packed += [_COUNT.pack(len(content.untrusted_onions)), *map(_onion, content.untrusted_onions)]
    return b"".join(packed)


def unpack(untrusted_reply: bytes) -> PageContent:
    """Return the content of a reply, checked against every bound. Raises MalformedPageReplyError."""
    reader = _Reader(untrusted_reply)
    notes = reader.count((1 << len(_NOTES)) - 1)
    links = tuple(reader.text() for _ in range(reader.count(LINKS_MOST)))
    parts = tuple(reader.text() for _ in range(reader.count(PARTS_MOST)))
    pictures = tuple(reader.picture() for _ in range(reader.count(PICTURES_MOST)))
    identifiers = tuple(reader.identifier() for _ in range(reader.count(IDENTIFIERS_MOST)))
    onions = tuple(reader.onion() for _ in range(reader.count(ONIONS_MOST)))
    reader.end()
    noted = tuple(note.value for bit, note in enumerate(_NOTES) if notes >> bit & 1)
    return PageContent(links, pictures, noted, parts, identifiers, onions)


def _text(url: str) -> bytes:
    return _field(url.encode("utf-8", "replace"))


def _field(value: bytes) -> bytes:
    return _COUNT.pack(len(value)) + value


def _flags(picture: PictureRef) -> bytes:
    way = picture.embedding.removesuffix(SECOND_PARSER)
    return _FLAGS.pack(
        _WAYS.index(Way(way)), way != picture.embedding, picture.linked_only, _UNREAD.index(picture.unread)
    )


def _identifier(named: IdentifierRef) -> bytes:
    kind, value = named.identifier.kind, named.identifier.value
    return _IDENTIFIER.pack(_KINDS.index(kind), _NAMED_BY.index(NamingKind(named.named_by)), value)


def _onion(untrusted_address: str) -> bytes:
    return untrusted_address.removesuffix(".onion").encode("ascii")


class _Reader:
    """Reads the values of a reply in order. Raises MalformedPageReplyError for an invalid value."""

    def __init__(self, untrusted: bytes) -> None:
        self._untrusted = memoryview(untrusted)
        self._text_left = _TEXT_BYTES_MOST
        self._inline_left = INLINE_BYTES_MOST

    def count(self, most: int) -> int:
        """Read a number of at most `most`."""
        value: int = _COUNT.unpack(self._take(_COUNT.size))[0]
        _require(value <= most)
        return value

    def text(self) -> str:
        """Read a URL or a reference that is none."""
        length = self.count(self._text_left)
        self._text_left -= length
        try:
            return str(self._take(length), "utf-8")
        except UnicodeDecodeError:
            raise MalformedPageReplyError from None

    def picture(self) -> PictureRef:
        """Read a picture: a URL, or inline bytes, or an entry with or without bytes."""
        url, length = self.text(), self.count(self._inline_left)
        self._inline_left -= length
        inline, entry = bytes(self._take(length)), self.text()
        way, second, named_only, unread = _FLAGS.unpack(self._take(_FLAGS.size))
        _require(way < len(_WAYS) and second <= 1 and named_only <= 1 and unread < len(_UNREAD))
        _require(bool(url) != bool(inline or entry) and bool(inline or unread) == (not url))
        _require(not (inline and unread))
        return PictureRef(
            url, _WAYS[way].value + SECOND_PARSER * second, bool(named_only), inline, entry, _UNREAD[unread]
        )

    def identifier(self) -> IdentifierRef:
        """Read an identifier: a value with the length of its kind, then zeros."""
        kind, way, value = _IDENTIFIER.unpack(self._take(_IDENTIFIER.size))
        _require(kind < len(_KINDS) and way < len(_NAMED_BY))
        length = VALUE_BYTES[_KINDS[kind]]
        _require(not any(value[length:]))
        return IdentifierRef(Identifier(_KINDS[kind], value[:length]), _NAMED_BY[way].value)

    def onion(self) -> str:
        """Read a name in the form of an onion address."""
        name = bytes(self._take(_ONION_BYTES))
        _require(_ONION.fullmatch(name) is not None)
        return f"{name.decode('ascii')}.onion"

    def end(self) -> None:
        """Require the end of the reply."""
        _require(not self._untrusted)

    def _take(self, length: int) -> memoryview:
        _require(length <= len(self._untrusted))
        taken, self._untrusted = self._untrusted[:length], self._untrusted[length:]
        return taken


def _require(holds: bool) -> None:  # noqa: FBT001 - it is the rule itself
    if not holds:
        raise MalformedPageReplyError
