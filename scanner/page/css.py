"""The URLs that a style sheet names, by a scan in linear time whatever it holds. Source: CSS Syntax 3, 4.3.6."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


def _escapable(word: str) -> str:
    """A pattern for a word, each letter of which may stand as an escape."""
    return "".join(rf"(?:{one}|\\0{{0,4}}(?:{ord(one):x}|{ord(one.upper()):x})[ \t\n]?)" for one in word)


_URL: Final = re.compile(rf"(?:{_escapable('url')}|{_escapable('src')}(?=\(\s*[\"']))\(\s*", re.IGNORECASE)
_IMPORT: Final = re.compile(r"@import\s+(?:url\(\s*)?$", re.IGNORECASE)
_IMAGE_SET: Final = re.compile(r"image-set\(([^()]{0,4096})", re.IGNORECASE)
_QUOTED: Final = re.compile(r"\"([^\"\\\n]{1,8192})\"|'([^'\\\n]{1,8192})'")
_IMPORTED: Final = re.compile(r"@import\s+(?:\"([^\"\\\n]{1,8192})\"|'([^'\\\n]{1,8192})')", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})[ \t\n]?|(.))", re.DOTALL)
_LOOK_BACK: Final = 40
_LAST_CODE_POINT: Final = 0x10FFFF


@dataclass(frozen=True, slots=True)
class StyleUrls:
    """What a style sheet names: pictures (and fonts, which the caller tells apart), and further style sheets."""

    named: tuple[str, ...]
    imported: tuple[str, ...]


def style_urls(untrusted_css: str) -> StyleUrls:
    """Every `url(...)`, quoted or not, `image-set("...")`, and `@import`, in the order in which they stand."""
    named: list[str] = []
    imported = [_unescaped(one or other) for one, other in _IMPORTED.findall(untrusted_css)]
    for at, url in _urls(untrusted_css):
        is_import = _IMPORT.search(untrusted_css[max(0, at - _LOOK_BACK) : at])
        (imported if is_import else named).append(url)
    for inside in _IMAGE_SET.findall(untrusted_css):
        named.extend(_unescaped(one or other) for one, other in _QUOTED.findall(inside))
    return StyleUrls(tuple(named), tuple(imported))


def _urls(css: str) -> Iterator[tuple[int, str]]:
    """Each `url(...)` with its place. What lies within one is not searched again."""
    at = 0
    while found := _URL.search(css, at):
        quote = css[found.end() : found.end() + 1]
        quoted = quote in {'"', "'"}
        begin = found.end() + quoted
        end = _closing(css, quote if quoted else ")", begin)
        if quoted and "\n" in css[begin:end]:
            at = begin  # a string that runs over its line is none
            continue
        yield found.start(), _unescaped(css[begin:end].strip())
        at = end + 1


def _closing(css: str, mark: str, begin: int) -> int:
    """Where the mark stands next without a backslash before it; the end of the text closes all."""
    end = css.find(mark, begin)
    while end > begin and css[end - 1] == "\\":
        end = css.find(mark, end + 1)
    return len(css) if end < 0 else end


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: "re.Match[str]") -> str:
    if escape[1] is None:
        return str(escape[2]) if escape[2] != "\n" else ""
    code = int(escape[1], 16)
    return chr(code) if 0 < code <= _LAST_CODE_POINT and not 0xD800 <= code <= 0xDFFF else "\ufffd"  # noqa: PLR2004 - surrogates
