"""One parser's result for a page: references of its tags, their base URL, and pages within the page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from scanner.page.markup.charset import decode
from scanner.page.markup.data_uri import Inline, read_inline
from scanner.page.markup.embeddings import EmbeddedDocument, Found, Link, Picture, Within, found_in, styled
from scanner.page.markup.tags import Tag, scanned_tags
from scanner.urls.reference import resolve

Parse = Callable[[str], Iterable[Tag]]

_DEPTH_MOST: Final = 3
_STYLE_SHEET: Final = "text/css"


@dataclass(slots=True)
class ParsedPage:
    """The references that one parser found, in page order. `base` is the URL to resolve them against."""

    base: str
    found: list[Link | Picture | EmbeddedDocument] = field(default_factory=list)
    too_deep: bool = False


def reading(parse: Parse, untrusted_text: str, url: str) -> ParsedPage:
    """Read a page with one parser. Raises whatever the parser raises."""
    result = ParsedPage(url)
    bases = _collect(result, parse, untrusted_text, 0)
    result.base = next((base for base in (resolve(url, href) for href in bases) if base.startswith("http")), url)
    return result


def collected(found: Iterable[Found], url: str) -> ParsedPage:
    """Return references found outside HTML, with those of pages and style sheets inside them."""
    result = ParsedPage(url)
    for item in found:
        _add(result, scanned_tags, item, 0)
    return result


def _collect(result: ParsedPage, parse: Parse, untrusted_text: str, depth: int) -> list[str]:
    """Add all references of the text, pages within it included. Return the references of its base tags."""
    bases: list[str] = []
    for tag in parse(untrusted_text):
        if tag.name == "base" and "href" in tag.attributes:
            bases.append(tag.attributes["href"])
        for found in found_in(tag):
            _add(result, parse, found, depth)
    return bases


def _add(result: ParsedPage, parse: Parse, found: Found, depth: int) -> None:
    """Add a reference, and the references of a page or style sheet inside it."""
    inline = None if isinstance(found, Within) else read_inline(found.reference)
    within = found.untrusted_text if isinstance(found, Within) else _page_of(inline)
    css = decode(inline.untrusted_bytes, "") if inline is not None and inline.untrusted_type == _STYLE_SHEET else ""
    if (within or css) and depth >= _DEPTH_MOST:
        result.too_deep = True
    elif css:
        for item in styled(css):
            _add(result, parse, item, depth + 1)
    elif within:
        _collect(result, parse, within, depth + 1)
    if not isinstance(found, Within):
        result.found.append(found)


def _page_of(inline: Inline | None) -> str:
    """Return the text of a data: URI that is a page: HTML or any XML, SVG included."""
    is_page = inline is not None and (inline.untrusted_type == "text/html" or "xml" in inline.untrusted_type)
    return decode(inline.untrusted_bytes, "") if inline is not None and is_page else ""
