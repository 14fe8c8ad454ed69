"""Reads a page: both parsers' tags become links and pictures, absolute, in page order, each once, within bounds.

Rules:
- What either parser finds counts. What only the scanner has found, while the first parser worked, is named by the page
  and not known to be shown; it says so.
- No network, no file; whatever the bytes may hold, it ends with an answer (or the worker's limits end it).
- Nothing is cut off silently: each bound that is met is a note.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from scanner.page.bundle_kinds import is_bundle
from scanner.page.bundles import read_bundle
from scanner.page.charset import decode
from scanner.page.content import IdentifierRef, PageContent
from scanner.page.embeddings import Found, Link, Part, Picture, Within, scripted, styled
from scanner.page.feeds import found_in_feed, is_feed
from scanner.page.gathering import Gathering
from scanner.page.identifiers import identifiers_on, onions_in
from scanner.page.notes import Note, remarks, shows_little
from scanner.page.reading import Reading, reading
from scanner.page.tags import parsed_tags, scanned_tags
from scanner.page.torrents import read_torrent
from scanner.page.ways import NamedBy, Way

_MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")


def read_page(
    untrusted_page: bytes, url: str, untrusted_content_type: str, *, second_parser_only: bool = False
) -> PageContent:
    """What the page at `url` holds. Never raises for anything that the bytes may hold."""
    if is_bundle(untrusted_page, untrusted_content_type):
        return read_bundle(untrusted_page, untrusted_content_type)
    gathering = Gathering(url)
    _add_torrent(gathering, untrusted_page)
    kind = untrusted_content_type.strip().lower()
    if untrusted_page.startswith(_MAGIC) or (kind.startswith("image/") and not kind.startswith("image/svg")):
        gathering.add_picture(Picture(Way.PAGE_ITSELF, url), url, shown=True)
        return gathering.content()
    text = decode(untrusted_page, untrusted_content_type)
    if kind.startswith("text/css"):
        _gather(gathering, Reading(url, list(_kept(styled(text)))), shown=True)
    elif "json" in kind:
        _gather(gathering, Reading(url, list(_kept(scripted(text, _way_in_json(kind))))), shown=True)
    else:
        gathering.notes |= remarks(text)
        _read_html(gathering, text, url, second_parser_only=second_parser_only)
    return gathering.content()


def _add_torrent(gathering: Gathering, untrusted_page: bytes) -> None:
    """What names a torrent file. It is read as a page as well: who begins a page like one hides nothing."""
    torrent = read_torrent(untrusted_page)
    gathering.add_named([IdentifierRef(one, NamedBy.TORRENT.value) for one in torrent.identifiers], ())
    if torrent.cut:
        gathering.notes.add(Note.MORE_IDENTIFIERS)


def _read_html(gathering: Gathering, text: str, url: str, *, second_parser_only: bool) -> None:
    gathering.add_named(identifiers_on(text), onions_in(text))
    if is_feed(text):
        _gather(gathering, Reading(url, list(_kept(found_in_feed(text)))), shown=True)
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


def _by_first_parser(text: str, url: str) -> Reading | None:
    try:
        return reading(parsed_tags, text, url)
    except Exception:  # noqa: BLE001 - lxml and beautifulsoup4 on hostile text: the scanner is there for this
        return None


def _gather(gathering: Gathering, result: Reading, *, shown: bool) -> None:
    if result.too_deep:
        gathering.notes.add(Note.NESTED_TOO_DEEP)
    for found in result.found:
        if isinstance(found, Link):
            gathering.add_link(found, result.base)
        elif isinstance(found, Part):
            gathering.add_part(found, result.base)
        else:
            gathering.add_picture(found, result.base, shown=shown)


def _kept(found: Iterable[Found]) -> Iterator[Link | Picture | Part]:
    """Style sheets, manifests and feeds hold no pages within them."""
    return (one for one in found if not isinstance(one, Within))


def _way_in_json(kind: str) -> Way:
    return Way.ICON if "manifest" in kind else Way.SCRIPT
