"""The URLs in a style sheet, by one pass over its tokens, in linear time. Source: CSS Syntax 3, 3.3 and 4.3.

Comments and strings are recognised as browsers do: otherwise a quotation mark in one would hide the rest. Their content
is searched loosely: the page names such a URL, and may not show it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SPACE: Final = r"[ \t\n]"
_HEXADECIMAL: Final = "abcdef"


def _escapable(word: str) -> str:
    """Return a pattern for a word in which each letter may be escaped."""
    return "".join(map(_letter, word))


def _letter(letter: str) -> str:
    itself = letter if letter in _HEXADECIMAL else rf"\\?{letter}"
    return rf"(?:{itself}|\\0{{0,4}}(?:{ord(letter):x}|{ord(letter.upper()):x}){_SPACE}?)"


_STRING: Final = r"\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?"
_QUOTED_URL: Final = rf"(?:{_escapable('url')}|{_escapable('src')})\({_SPACE}*(?P<quoted>{_STRING})"
_BARE_URL: Final = rf"{_escapable('url')}\((?P<bare>(?:[^)\\]|\\.)*)"
_CUSTOM: Final = rf"(?<![\w-])--[\w-]{{1,200}}{_SPACE}{{0,9}}:"
_TOKEN: Final = re.compile(
    rf"(?=[/\"'usi@(){{}};\\-])(?:(?P<comment>/\*.*?(?:\*/|\Z))|(?P<string>{_STRING})|{_QUOTED_URL}|{_BARE_URL}"
    rf"|(?P<set>{_escapable('image-set')}\()|(?P<import>@{_escapable('import')})"
    rf"|(?P<face>@{_escapable('font-face')})|(?P<custom>{_CUSTOM})|[(){{}};]+)",
    re.IGNORECASE | re.DOTALL,
)
_LOOSE: Final = re.compile(r"url\(\s*[\"']?([^\"')]{1,8192})", re.IGNORECASE)
_ESCAPE: Final = re.compile(rf"\\(?:([0-9A-Fa-f]{{1,6}}){_SPACE}?|(.))", re.DOTALL)
_LAST_CODE_POINT: Final = 0x10FFFF


@dataclass(frozen=True, slots=True)
class StyleUrls:
    """Pictures and imported style sheets that a style sheet names, without fonts."""

    named: tuple[str, ...]
    imported: tuple[str, ...]
    kept: tuple[str, ...] = ()
    """Strings of custom properties, which an `image-set()` may use."""


def style_urls(untrusted_css: str) -> StyleUrls:
    """Return every `url(...)`, `image-set("...")` and `@import`, in document order."""
    walk = _Walk()
    for token in _TOKEN.finditer(re.sub("\r\n?|\f", "\n", untrusted_css)):
        walk.take(token)
    return StyleUrls(tuple(walk.named), tuple(walk.imported), tuple(walk.kept))


class _Walk:
    """The state of a pass over tokens: after an `@import`, in a custom property, or in the brackets of a set."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.imported: list[str] = []
        self.kept: list[str] = []
        self._depth = 0
        """Brackets open since an `image-set`, its own included."""
        self._importing = self._custom = self._of_font = False

    def take(self, token: "re.Match[str]") -> None:
        """Take the next token: a group of `_TOKEN`, or a run of marks."""
        kind, text = token.lastgroup, token[0]
        if kind in {"quoted", "bare"}:
            self._url(token[kind], is_quoted=kind == "quoted")
        elif kind == "string":
            self._string(text)
        elif kind == "comment":
            self.named += _loosely(text)
        elif kind == "import":
            self._importing = True
        elif kind == "custom":
            self._custom = True
        elif kind == "face":
            self._of_font = True
        elif kind == "set":
            self._depth = 1
        elif self._depth or self._importing or self._custom or self._of_font:
            self._marks(text)

    def _marks(self, marks: str) -> None:
        for mark in marks:
            if mark in "()":
                self._depth += (1 if mark == "(" else -1) * (self._depth > 0)
            else:
                self._importing = self._custom = False
                self._of_font &= mark != "}"

    def _url(self, text: str, *, is_quoted: bool) -> None:
        self._depth += self._depth > 0
        url = _inside(text) if is_quoted else _unescaped(text.strip())
        if url and not self._of_font:
            (self.imported if self._importing else self.named).append(url)
            self._importing = False

    def _string(self, text: str) -> None:
        if inside := _inside(text):
            if self._importing:
                self.imported.append(inside)
                self._importing = False
            elif self._depth == 1:
                self.named.append(inside)
            elif self._custom:
                self.kept.append(inside)
        self.named += _loosely(text)


def _inside(string: str) -> str:
    """Return the content of a string. The end of the text closes every string."""
    return _unescaped(string[1:-1] if len(string) > 1 and string[-1] == string[0] else string[1:])


def _loosely(text: str) -> Iterator[str]:
    return (_unescaped(url.strip()) for url in _LOOSE.findall(text))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(escape: "re.Match[str]") -> str:
    if escape[1] is None:
        return str(escape[2]) if escape[2] != "\n" else ""
    code = int(escape[1], 16)
    return chr(code) if 0 < code <= _LAST_CODE_POINT and not 0xD800 <= code <= 0xDFFF else "\ufffd"  # noqa: PLR2004 - surrogates
