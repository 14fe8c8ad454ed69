"""The start tags of a page in order, by two parsers: beautifulsoup4 over lxml, and a linear scanner.

No parser is safe alone: hostile text can make a tree builder slow, or make it lose tags. The scanner is small, takes
linear time, builds no tree, and sees every start tag in the text, also in comments and scripts. A tag that only the
scanner found is therefore *named* by the page, and may not be shown.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from html.entities import html5
from typing import Final

from bs4 import BeautifulSoup
from bs4.filter import SoupStrainer

_SPACE: Final = r" \t\n\f\r"
"""White space in HTML: no other character ends a name or a value."""
_OPEN: Final = re.compile(rf"<(\??[A-Za-z][^{_SPACE}/>]{{0,63}})")
_ATTRIBUTE: Final = re.compile(rf"[{_SPACE}/]*(?:(>|(?=<))|([^{_SPACE}/><][^{_SPACE}/><=]*)([{_SPACE}]*=[{_SPACE}]*)?)")
_BARE: Final = re.compile(rf"[{_SPACE}/]*(?:>|(?=<))")
_UNQUOTED: Final = re.compile(rf"[^{_SPACE}><]*")
_CHARACTER: Final = re.compile(r"&(?:#[0-9A-Fa-fxX]+;?|[A-Za-z][A-Za-z0-9]{0,31}(?:;|(?![=A-Za-z0-9;])))")
NAMING_TAGS: Final = frozenset(
    {
        "a",
        "amp-img",
        "animate",
        "area",
        "audio",
        "base",
        "embed",
        "feimage",
        "frame",
        "iframe",
        "image",
        "img",
        "input",
        "link",
        "meta",
        "object",
        "script",
        "set",
        "source",
        "style",
        "use",
        "video",
    }
)
"""Elements whose attributes or texts name pictures or pages."""
PAINTED: Final = frozenset(
    {"mask", "cursor", "filter", "fill", "stroke", "clip-path", "marker", "marker-start", "marker-mid", "marker-end"}
)
"""Attributes of SVG that hold style sheet values."""
_NAMING_ATTRIBUTES: Final = frozenset({"background", "style", "src", "lowsrc", "dynsrc"}) | PAINTED
_QUOTES: Final = "\"'"
_ENDS: Final = {name: re.compile(rf"</(?:[\w.-]{{1,63}}:)?{name}", re.IGNORECASE) for name in ("style", "script")}


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag: name and attribute names in lower case; of duplicate attributes, the first.

    `text` is the content of a `style` or `script` element; empty for others.
    """

    name: str
    attributes: Mapping[str, str]
    text: str = ""

    @property
    def local_name(self) -> str:
        """The name without its prefix, which XML lets a page choose."""
        return self.name.rpartition(":")[2] if ":" in self.name else self.name


def is_naming_attribute(name: str) -> bool:
    """Return True if this attribute may name a picture on any element."""
    return name in _NAMING_ATTRIBUTES or name.startswith("data-")


class _NamingTags(SoupStrainer):
    """A filter for beautifulsoup4 that keeps only tags that may name something."""

    def allow_tag_creation(self, nsprefix: str | None, name: str, attrs: Mapping[str, str] | None) -> bool:  # noqa: ARG002 - its signature
        return name in NAMING_TAGS or any(map(is_naming_attribute, attrs or ()))

    def allow_string_creation(self, string: str) -> bool:  # noqa: ARG002 - its signature
        return False


def parsed_tags(untrusted_text: str) -> Iterator[Tag]:
    """Yield the naming tags by beautifulsoup4 over lxml. May be slow, and may raise anything."""
    soup = BeautifulSoup(untrusted_text, "lxml", parse_only=_NamingTags(), multi_valued_attributes=None)
    for element in soup.find_all(True):
        text = element.get_text() if element.name in _ENDS else ""
        yield Tag(element.name, {name: str(value) for name, value in element.attrs.items()}, text)


def scanned_tags(untrusted_text: str) -> Iterator[Tag]:
    """Yield every naming start tag, wherever it is in the text. Linear in its length; never raises."""
    insides = _Insides(untrusted_text)
    at = 0
    while found := _OPEN.search(untrusted_text, at):
        name = found[1].lower()
        bare = _BARE.match(untrusted_text, found.end())
        local = name.rpartition(":")[2]
        if bare and local not in _ENDS:  # it names nothing, and a page may hold a million of them
            at = bare.end()
            continue
        attributes, at = _attributes(untrusted_text, found.end())
        yield Tag(name, attributes, insides.text(local, at))


def _attributes(text: str, at: int) -> tuple[dict[str, str], int]:
    """Return the attributes from `at`, and the end of the tag. Source: WHATWG HTML, 13.2.5.32 to 13.2.5.39.

    Unlike there, a tag also ends where the next begins outside quotes: otherwise one could hide within another.
    """
    attributes: dict[str, str] = {}
    while (found := _ATTRIBUTE.match(text, at)) and found[2]:
        at = found.end()
        value = ""
        if found[3] is not None:
            value, at = _value(text, at)
        attributes.setdefault(found[2].lower(), value)
    return attributes, found.end() if found else len(text)


def _value(text: str, at: int) -> tuple[str, int]:
    quote = text[at : at + 1]
    if quote and quote in _QUOTES:
        end = text.find(quote, at + 1)
        end = len(text) if end < 0 else end
        return _unescaped(text[at + 1 : end]), end + 1
    found = _UNQUOTED.match(text, at)
    return (_unescaped(found[0]), found.end()) if found else ("", at)


def _unescaped(value: str) -> str:
    """Replace character references (`?a=1&copy=2` has none). Source: WHATWG HTML, 13.2.5.73."""
    return _CHARACTER.sub(_character, value) if "&" in value else value


def _character(reference: "re.Match[str]") -> str:
    name = reference[0][1:]
    return unescape(reference[0]) if name[0] == "#" else html5.get(name, reference[0])


class _Insides:
    """The texts of style and script elements. Each part of the page is returned once, so that the scan stays linear."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._handed_out = dict.fromkeys(_ENDS, 0)

    def text(self, name: str, at: int) -> str:
        """Return the content of the element at `at`; empty for other elements, and without an end tag."""
        if at < self._handed_out.get(name, len(self._text)):
            return ""
        end = _ENDS[name].search(self._text, at) if name in _ENDS else None
        if name in _ENDS:
            self._handed_out[name] = end.start() if end else len(self._text) + 1
        return self._text[at : end.start()] if end else ""
