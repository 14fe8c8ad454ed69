"""References in the headers of an answer: `Refresh` works like its `<meta>`, `Link` like its element.

Sources: WHATWG HTML, 7.4.5.5 and 4.2.4.5 (processing `Link` headers); RFC 8288. Linear, and without a parser, because
it runs outside the worker. References to anything but pictures, pages and style sheets are skipped.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from scanner.page.content import PageContent, PictureRef, Way
from scanner.page.limits import HEADER_CHARACTERS_MOST, PICTURES_MOST
from scanner.urls.reference import resolve

_REFRESH: Final = re.compile(
    r"\s*+[\d.]*+(?=[\s;,])\s*+[;,]?+\s*+(?:url\s*+=\s*+)?+(?:\"([^\"]+)|'([^']+)|([^\"'\s].*))",
    re.IGNORECASE | re.DOTALL,
)
_SECONDS: Final = re.compile(r"\s*+([0-9]{1,6})(?=[\s;,.]|$)")
_RELATION: Final = re.compile(r";\s*rel\s*=\s*\"?([^\";,]{1,100})", re.IGNORECASE)
_KIND: Final = re.compile(r";\s*as\s*=\s*\"?(\w{1,20})", re.IGNORECASE)
_AHEAD: Final = frozenset({"preload", "prefetch"})
_PAGES: Final = frozenset({"prefetch", "prerender", "next", "prev"})


def refreshed(untrusted_refresh: str) -> Iterator[str]:
    """Yield the reference to which a `Refresh` header or `<meta>` leads, if any."""
    if found := _REFRESH.match(untrusted_refresh[:HEADER_CHARACTERS_MOST]):
        yield found[found.lastindex or 0]


def refresh_seconds(untrusted_refresh: str) -> float | None:
    """Return the seconds after which a `Refresh` header has the page, or another, loaded; None if it has none."""
    found = _SECONDS.match(untrusted_refresh[:HEADER_CHARACTERS_MOST])
    return float(found[1]) if found else None


def with_head(content: PageContent, url: str, untrusted_refresh: str, untrusted_link: str) -> PageContent:
    """Return the content of the page at `url` with the references of its headers added."""
    links = [resolve(url, reference) for reference in refreshed(untrusted_refresh)]
    pictures, parts = [], []
    for reference, relations, kind in _linked(untrusted_link):
        absolute = resolve(url, reference)
        if (relations & _AHEAD and kind == "image") or "icon" in relations:
            pictures.append(PictureRef(absolute, Way.ICON.value if "icon" in relations else Way.PRELOAD.value))
        elif "stylesheet" in relations or kind == "style":
            parts.append(absolute)
        elif relations & _PAGES:
            links.append(absolute)
    if not (links or pictures or parts):
        return content
    known = {picture.untrusted_url for picture in content.pictures}
    more = (picture for picture in dict.fromkeys(pictures) if picture.untrusted_url not in known)
    return replace(
        content,
        untrusted_links=_each_once(links, content.untrusted_links),
        pictures=(*content.pictures, *more)[: max(PICTURES_MOST, len(content.pictures))],
        untrusted_parts=_each_once(content.untrusted_parts, parts),
    )


def _linked(untrusted_link: str) -> Iterator[tuple[str, set[str], str]]:
    """Yield each reference of a `Link` header with its relations and its `as`."""
    for link in untrusted_link[:HEADER_CHARACTERS_MOST].split("<")[1:]:
        reference, _, parameters = link.partition(">")
        relation, kind = _RELATION.search(parameters), _KIND.search(parameters)
        yield reference, set(relation[1].lower().split()) if relation else set(), kind[1].lower() if kind else ""


def _each_once(*urls: "tuple[str, ...] | list[str]") -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for some in urls for url in some if url.startswith(("http://", "https://"))))
