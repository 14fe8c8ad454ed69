"""Feeds and sitemaps: XML that names pages and pictures in the text of elements and in attributes unknown to HTML.

Sources: RSS 2.0; RFC 4287 (Atom); Media RSS; sitemaps.org 0.9 and its image extension. Only the linear scanner reads
them, so that no entity is expanded and no document type fetched.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from scanner.page.content import Way
from scanner.page.markup.embeddings import Found, Link, Picture, found_in, is_picture_name
from scanner.page.markup.tags import Tag, scanned_tags

_ROOT: Final = re.compile(r"<(?:[\w.-]{1,30}:)?(?:rss|feed|RDF|urlset|sitemapindex)\b")
_ROOT_WITHIN: Final = 20_000
_NAMED: Final = re.compile(
    r"<((?:[\w.-]{1,30}:)?(?:loc|link|url|logo|icon))\b[^<>]{0,500}>\s*(?:<!\[CDATA\[\s*)?([^<>\s\]]{1,2000})",
    re.IGNORECASE,
)
_SHOWN: Final = frozenset({"image:loc", "logo", "icon"})
_TYPE_MOST: Final = 100
_TORRENT: Final = re.compile(r"\.torrent(?:\?|\Z)", re.IGNORECASE)
_NAME_MOST: Final = 2_000


def is_feed(untrusted_text: str) -> bool:
    """Return True if the text is a feed or a sitemap, whatever its content type."""
    return bool(_ROOT.search(untrusted_text[:_ROOT_WITHIN]))


def found_in_feed(untrusted_text: str) -> Iterator[Found]:
    """Yield references of the feed's elements and of the HTML in it (escaped, or as character data)."""
    for element, text in _NAMED.findall(untrusted_text):
        reference = unescape(text)
        name = element.lower()
        is_picture = name in _SHOWN or name.rpartition(":")[2] in _SHOWN or is_picture_name(reference)
        yield Picture(Way.FEED, reference) if is_picture else Link(reference)
    for tag in scanned_tags(untrusted_text):
        yield from _of_element(tag)
    for tag in scanned_tags(unescape(untrusted_text)):
        yield from found_in(tag)


def _of_element(tag: Tag) -> Iterator[Found]:
    """Yield references of `enclosure`, `media:content`, `media:thumbnail`, `itunes:image` and `atom:link`."""
    kind = (tag.attributes.get("type", "") + tag.attributes.get("medium", ""))[:_TYPE_MOST].lower()
    shows = kind.startswith("image") or tag.name in {"media:thumbnail", "itunes:image"}
    for name in ("url", "href", "src"):
        reference = tag.attributes.get(name, "")
        if reference and (shows or is_picture_name(reference)):
            yield Picture(Way.FEED, reference)
        elif reference and (_is_torrent(kind, reference) or (name == "href" and tag.local_name == "link")):
            yield Link(reference)


def _is_torrent(kind: str, reference: str) -> bool:
    """Return True for a torrent file, which a feed may be the only page to name."""
    return "bittorrent" in kind or bool(_TORRENT.search(reference[:_NAME_MOST]))
