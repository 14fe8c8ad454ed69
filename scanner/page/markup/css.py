"""The URLs that a style sheet names, by one walk over its tokens, in linear time. Source: CSS Syntax 3, 3.3 and 4.3.

Comments and strings are told apart from the rest as browsers do: else a quotation mark in one of them would hide what
follows. What they hold is looked through as well, loosely: it is named, if not shown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SPACE: Final = r"[ \t\n]"
_HEXADECIMAL: Final = "abcdef"


def _escapable(word: str) -> str:
    """A pattern for a word, each letter of which may stand as an escape."""
    return "".join(map(_letter, word))


def _letter(one: str) -> str:
    itself = one if one in _HEXADECIMAL else rf"\\?{one}"
    return rf"(?:{itself}|\\0{{0,4}}(?:{ord(one):x}|{ord(one.upper()):x}){_SPACE}?)"


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
    """What a style sheet names: pictures, and further style sheets. Fonts are neither, by where they stand."""

    named: tuple[str, ...]
    imported: tuple[str, ...]
    kept: tuple[str, ...] = ()
    """Strings of custom properties, which may end up in an `image-set()`."""


def style_urls(untrusted_css: str) -> StyleUrls:
    """Every `url(...)`, quoted or not, `image-set("...")`, and `@import`, in the order in which they stand."""
    walk = _Walk()
    for token in _TOKEN.finditer(re.sub("\r\n?|\f", "\n", untrusted_css)):
        walk.take(token)
    return StyleUrls(tuple(walk.named), tuple(walk.imported), tuple(walk.kept))


class _Walk:
    """Where a walk over tokens is: behind an `@import`, in a custom property, or in how many brackets of a set."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.imported: list[str] = []
        self.kept: list[str] = []
        self._depth = 0
        """Brackets that are open since an `image-set`, with its own."""
        self._importing = self._custom = self._of_font = False

    def take(self, token: "re.Match[str]") -> None:
        """The next token: one of `_TOKEN`'s groups, or a row of marks."""
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
    """What a string holds. One that its line ended is none; the end of the text closes all, and is not told apart."""
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
