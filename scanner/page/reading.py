"""One parser's reading of a page: what its tags name, where their references count from, and pages within the page."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from scanner.fetch.reference import resolve
from scanner.page.charset import decode
from scanner.page.embeddings import Found, Link, Part, Picture, Within, found_in
from scanner.page.inline import is_inline, read_inline
from scanner.page.tags import Tag

Parse = Callable[[str], Iterable[Tag]]

_DEPTH_MOST: Final = 3
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"})


@dataclass(slots=True)
class Reading:
    """What one parser found, in page order. `base` is the URL from which references count."""

    base: str
    found: list[Link | Picture | Part] = field(default_factory=list)
    too_deep: bool = False


def reading(parse: Parse, untrusted_text: str, url: str) -> Reading:
    """Read with one parser. Raises what the parser raises."""
    result = Reading(url)
    bases = _collect(result, parse, untrusted_text, 0)
    result.base = next((base for base in (resolve(url, href) for href in bases) if base.startswith("http")), url)
    return result


def _collect(result: Reading, parse: Parse, untrusted_text: str, depth: int) -> list[str]:
    """Add all that the text names, pages within it included; the references of its base tags."""
    bases: list[str] = []
    for tag in parse(untrusted_text):
        if tag.name == "base" and "href" in tag.attributes:
            bases.append(tag.attributes["href"])
        for found in found_in(tag):
            within = list(_within(found))
            if within and depth >= _DEPTH_MOST:
                result.too_deep = True
            elif within:
                _collect(result, parse, within[0], depth + 1)
            if not isinstance(found, Within):
                result.found.append(found)
    return bases


def _within(found: Found) -> Iterator[str]:
    """The page within the page that this is, if it is one: `srcdoc`, or a data: URI of HTML or SVG."""
    if isinstance(found, Within):
        yield found.untrusted_text
    elif is_inline(found.reference.strip()):
        inline = read_inline(found.reference.strip())
        if inline is not None and inline.untrusted_type in _PAGES:
            yield decode(inline.untrusted_bytes, "")
