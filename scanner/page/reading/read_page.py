"""Reading a page: the tags of both parsers become links and pictures, absolute, in page order, each once.

- References of either parser count. If the first parser worked, a picture that only the second found is named by the
  page, may not be shown, and is marked so.
- No network, no file. Any bytes lead to an answer, unless a limit of the worker ends it.
- Nothing is cut silently: reaching a bound adds a note.
- A body that begins like a picture, an archive or a torrent is read as that and as a page, unless its type rules a
  page out: such a beginning hides nothing.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from matcher.containers.kinds import Container, boundary, container_of, holds_files, may_hold_pictures
from matcher.fingerprint import UndecidedReason
from matcher.picture.media_types import MediaType, sniff
from scanner.page.content import HTML_TYPES, IdentifierRef, NamingKind, PageContent, Way
from scanner.page.markup.charset import decoded
from scanner.page.markup.embeddings import EmbeddedDocument, Found, Link, Picture, styled
from scanner.page.markup.entities import without_document_type
from scanner.page.markup.feeds import found_in_feed, is_feed
from scanner.page.markup.json_links import found_in_json
from scanner.page.markup.parsed_page import ParsedPage, collected, reading
from scanner.page.markup.tags import parsed_tags, scanned_tags
from scanner.page.peer_to_peer.identifiers import identifiers_on, onions_in
from scanner.page.peer_to_peer.torrents import read_torrent
from scanner.page.reading.bundles import read_bundle
from scanner.page.reading.collector import Gathering
from scanner.page.reading.notes import Note, remarks, shows_little

_GZIP: Final = b"\x1f\x8b\x08"
FILE_BYTES_MOST: Final = 8 * 2**20
"""For the content of a compressed file."""
_ARCHIVES: Final = frozenset((Container.ZIP, Container.TAR))
"""Containers that are not read as a page as well, unless their type is that of a page."""
_MARKUP: Final = re.compile(r"\s*<(?!!--)")


def read_page(
    untrusted_page: bytes, url: str, untrusted_content_type: str, *, second_parser_only: bool = False
) -> PageContent:
    """Return the content of the page at `url`, or of a file without one. Never raises for any bytes."""
    if not url:
        return read_bundle(untrusted_page, "")
    kind = untrusted_content_type.strip().lower()
    bundle = None
    if _is_bundle(untrusted_page, untrusted_content_type):
        bundle = read_bundle(untrusted_page, untrusted_content_type)
        archive = container_of(untrusted_page) in _ARCHIVES or boundary(untrusted_content_type) is not None
        if archive and not kind.startswith(HTML_TYPES):
            return bundle
    untrusted_page, whole = _uncompressed(untrusted_page)
    text, codec = decoded(untrusted_page, untrusted_content_type)
    gathering = Gathering(url, codec)
    gathering.notes |= set() if whole else {Note.MORE_INLINE}
    _add_torrent(gathering, untrusted_page)
    is_image = kind.startswith("image/") and not kind.startswith("image/svg")
    if is_image or _is_raster(untrusted_page):
        gathering.add_picture(Picture(Way.PAGE_ITSELF, url), url, shown=True)
    if not is_image:
        _read_text(gathering, text, url, kind, second_parser_only=second_parser_only)
    return gathering.content() if bundle is None else _both(gathering.content(), bundle)


def _is_bundle(untrusted_page: bytes, untrusted_content_type: str) -> bool:
    """Return True for a container, and for bytes with embedded pictures that are not the text of a page."""
    kind = untrusted_content_type.strip().lower()
    if holds_files(untrusted_page, untrusted_content_type):
        return True
    is_text = sniff(untrusted_page) is UndecidedReason.NOT_EXAMINED_TEXT
    is_page = is_text and (not kind or kind.startswith(("text/", *HTML_TYPES)))
    return not is_page and may_hold_pictures(untrusted_page, untrusted_content_type)


def _uncompressed(untrusted_file: bytes) -> tuple[bytes, bool]:
    """Return the content of a gzip file (`sitemap.xml.gz`) or the bytes themselves; and True if it is all."""
    if not untrusted_file.startswith(_GZIP):
        return untrusted_file, True
    decompressor = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        return decompressor.decompress(untrusted_file, FILE_BYTES_MOST), not decompressor.unconsumed_tail
    except zlib.error:
        return untrusted_file, True


def _is_raster(untrusted_page: bytes) -> bool:
    found = sniff(untrusted_page)
    return isinstance(found, MediaType) and found is not MediaType.SVG


def _both(page: PageContent, bundle: PageContent) -> PageContent:
    return replace(page, pictures=page.pictures + bundle.pictures, notes=page.notes + bundle.notes)


def _read_text(gathering: Gathering, text: str, url: str, kind: str, *, second_parser_only: bool) -> None:
    """Read by type and by appearance: browsers accept a style sheet of a wrong type, and any manifest."""
    is_css, is_json = kind.startswith("text/css"), "json" in kind
    if is_css or is_json or not _MARKUP.match(text):
        found = styled(text) if is_css else found_in_json(text, kind) if is_json else _of_no_type(text)
        _gather(gathering, collected(found, url), shown=True)
    gathering.add_named(identifiers_on(text), onions_in(text))
    if not is_css and not is_json:
        gathering.notes |= remarks(text)
        _read_html(gathering, without_document_type(text), url, second_parser_only=second_parser_only)


def _of_no_type(text: str) -> Iterator[Found]:
    yield from styled(text)
    if text.lstrip()[:1] in {"{", "["}:
        yield from found_in_json(text, "")


def _add_torrent(gathering: Gathering, untrusted_page: bytes) -> None:
    """Add the info-hashes of a torrent file."""
    torrent = read_torrent(untrusted_page)
    gathering.add_named([IdentifierRef(one, NamingKind.TORRENT.value) for one in torrent.identifiers], ())
    if torrent.cut:
        gathering.notes.add(Note.MORE_IDENTIFIERS)


def _read_html(gathering: Gathering, text: str, url: str, *, second_parser_only: bool) -> None:
    if is_feed(text):
        _gather(gathering, collected(found_in_feed(text), url), shown=True)
    first = None if second_parser_only else _by_first_parser(text, url)
    second = reading(scanned_tags, text, url)
    if first is None:
        gathering.notes.add(Note.SECOND_PARSER)
    else:
        _gather(gathering, first, shown=True)
        second.base = first.base
    _gather(gathering, second, shown=first is None)
    if (gathering.empty and "<script" in text.lower()) or (gathering.bare and shows_little(text)):
        gathering.notes.add(Note.NEEDS_SCRIPTS)


def _by_first_parser(text: str, url: str) -> ParsedPage | None:
    try:
        return reading(parsed_tags, text, url)
    except Exception:  # noqa: BLE001 - lxml and beautifulsoup4 on hostile text: the second parser covers it
        return None


def _gather(gathering: Gathering, result: ParsedPage, *, shown: bool) -> None:
    if result.too_deep:
        gathering.notes.add(Note.NESTED_TOO_DEEP)
    for found in result.found:
        if isinstance(found, Link):
            gathering.add_link(found, result.base)
        elif isinstance(found, EmbeddedDocument):
            gathering.add_part(found, result.base)
        else:
            gathering.add_picture(found, result.base, shown=shown)
