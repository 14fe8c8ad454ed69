"""Links and pictures of one page: absolute, each once, within bounds. Reaching a bound adds a note."""

from collections.abc import Iterable
from typing import Final, TypeVar

from scanner.page.content import NAMED_ONLY, SECOND_PARSER, IdentifierRef, PageContent, PictureRef, Way
from scanner.page.limits import (
    IDENTIFIERS_MOST,
    INLINE_BYTES_MOST,
    LINKS_MOST,
    ONIONS_MOST,
    PARTS_MOST,
    PICTURES_MOST,
    URL_CHARACTERS_MOST,
)
from scanner.page.markup.charset import UTF_8, with_query_in
from scanner.page.markup.data_uri import is_inline, read_inline
from scanner.page.markup.embeddings import EmbeddedDocument, Link, Picture
from scanner.page.reading.notes import Note
from scanner.urls.reference import resolve

_SHOWN: Final = 100

Named = TypeVar("Named", IdentifierRef, str)


class Gathering:
    """Collects the references of one page in page order. A later duplicate does not change the order."""

    def __init__(self, url: str, codec: str = UTF_8) -> None:
        self.notes: set[Note] = set()
        self._url = url
        self._codec = codec
        self._absolute: dict[tuple[str, str], str] = {}
        self._links: dict[str, None] = {}
        self._parts: dict[str, None] = {}
        self._pictures: dict[str | bytes, PictureRef] = {}
        self._identifiers: dict[IdentifierRef, None] = {}
        self._onions: dict[str, None] = {}
        self._characters_left = URL_CHARACTERS_MOST
        self._inline_left = INLINE_BYTES_MOST

    @property
    def empty(self) -> bool:
        """True if the page has neither link nor picture."""
        return not self._links and not self._pictures

    @property
    def bare(self) -> bool:
        """True if the page has no links, and shows only its icons."""
        shown = (picture for picture in self._pictures.values() if not picture.linked_only)
        return not self._links and all(picture.embedding.startswith(Way.ICON.value) for picture in shown)

    def add_link(self, link: Link, base: str) -> None:
        """Add a link if its scheme is http or https."""
        self._add(link.reference, base, self._links, LINKS_MOST, Note.MORE_LINKS)

    def add_part(self, part: EmbeddedDocument, base: str) -> None:
        """Add a style sheet or manifest."""
        self._add(part.reference, base, self._parts, PARTS_MOST, Note.MORE_PARTS)

    def add_picture(self, picture: Picture, base: str, *, shown: bool) -> None:
        """Add a picture. `shown` is False if only the second parser found it: it may be in a comment."""
        if Note.MORE_PICTURES in self.notes:
            return
        named_only = picture.way in NAMED_ONLY or not shown
        embedding = picture.way.value if shown else picture.way.value + SECOND_PARSER
        key, reference = self._reference(picture, base)
        known = self._pictures.get(key)
        if known is None and (len(self._pictures) >= PICTURES_MOST or not self._take(key)):
            self.notes.add(Note.MORE_INLINE if isinstance(key, bytes) else Note.MORE_PICTURES)
        elif known is None or (known.linked_only and not named_only):
            inline = key if isinstance(key, bytes) else b""
            self._pictures[key] = PictureRef(reference, embedding, named_only, inline)

    def add_named(self, identifiers: Iterable[IdentifierRef], onions: Iterable[str]) -> None:
        """Add identifiers of peer-to-peer networks, and names in the form of onion addresses."""
        self._add_each(identifiers, self._identifiers, IDENTIFIERS_MOST)
        self._add_each(onions, self._onions, ONIONS_MOST)

    def content(self) -> PageContent:
        """Return the collected content, with notes in the order of `Note`."""
        notes = tuple(note.value for note in Note if note in self.notes)
        return PageContent(
            tuple(self._links),
            tuple(self._pictures.values()),
            notes,
            tuple(self._parts),
            tuple(self._identifiers),
            tuple(self._onions),
        )

    def _add_each(self, found: Iterable[Named], known: dict[Named, None], most: int) -> None:
        for named in found:
            if named not in known and len(known) >= most:
                self.notes.add(Note.MORE_IDENTIFIERS)
                return
            known[named] = None

    def _add(self, reference: str, base: str, known: dict[str, None], most: int, beyond: Note) -> None:
        if beyond in self.notes:
            return
        url = self._resolved(base, with_query_in(reference, self._codec))
        if url in known or url == self._url or not url.startswith(("http://", "https://")):
            return
        if len(known) >= most or not self._take_characters(url):
            self.notes.add(beyond)
            return
        known[url] = None

    def _reference(self, picture: Picture, base: str) -> tuple[str | bytes, str]:
        """Return the key by which pictures are equal (URL, or the bytes of an inline one), and the URL.

        Queries in style sheets are in UTF-8, whatever the encoding of the page.
        """
        trimmed = picture.reference.strip()
        if not is_inline(trimmed):
            codec = UTF_8 if picture.way is Way.CSS else self._codec
            url = self._resolved(base, with_query_in(picture.reference, codec))
            return url, url
        inline = read_inline(trimmed)
        if inline is None or not inline.untrusted_bytes:
            return trimmed[:_SHOWN], trimmed[:_SHOWN]
        return inline.untrusted_bytes, ""

    def _resolved(self, base: str, reference: str) -> str:
        key = base, reference
        url = self._absolute.get(key)
        if url is None:
            url = self._absolute[key] = resolve(base, reference)
        return url

    def _take(self, key: str | bytes) -> bool:
        if isinstance(key, str):
            return self._take_characters(key)
        self._inline_left -= len(key)
        return self._inline_left >= 0

    def _take_characters(self, url: str) -> bool:
        self._characters_left -= len(url)
        return self._characters_left >= 0
