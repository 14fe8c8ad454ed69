"""The records of a JSON file of any size, one at a time: objects in an array that may hold gigabytes.

A record is an object in an array that stands under one of the wanted keys, wherever that is; or, with no key wanted, in
the outermost array, or an array right within the outermost object. Everything around the records is read and passed by.
Memory holds one record and one chunk. The file must be whole: it is read to its end, and one that ends early, or is no
JSON, raises `BrokenJsonError`.
Strings and numbers are those of RFC 8259; NaN and Infinity are refused, and what is nested deeper than 32 levels.
"""

import codecs
import json
import re
from collections.abc import Collection, Iterator
from typing import Any, NoReturn

from matcher.hash_lists.importing import Digesting

_CHUNK_BYTES = 1 << 18
_MOST_RECORD_CHARACTERS = 1 << 24
_DEEPEST = 32
_SPACE = re.compile(r"[ \t\n\r]*")


class BrokenJsonError(ValueError):
    """The file is truncated or not JSON. `args[0]` says which, and nothing of the file's content."""


def records(untrusted_file: Digesting, keys: Collection[str], beside: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each record of the file. `keys` in lower case; plain values of the outermost object are put into `beside`, so
    that a feed's place is known once the records are read. Raises BrokenJsonError, after the records before the damage.
    """
    text = _Text(untrusted_file)
    if text.peek() == "{":
        for key in _keys(text):
            if text.peek() in "[{":
                yield from _value(text, keys, wanted=not keys or key.lower() in keys, depth=1)
            else:
                beside[key] = text.take()
    else:
        yield from _value(text, keys, wanted=not keys, depth=0)
    if text.peek():
        raise BrokenJsonError(_NOT_JSON)


_NOT_JSON = "is not JSON"
_CUT_SHORT = "was cut short, or is not JSON"


def _value(text: "_Text", keys: Collection[str], *, wanted: bool, depth: int) -> Iterator[dict[str, Any]]:
    """The records within the value that comes next."""
    if depth > _DEEPEST:
        raise BrokenJsonError(_NOT_JSON)
    if text.peek() == "{":
        for key in _keys(text):
            yield from _value(text, keys, wanted=key.lower() in keys, depth=depth + 1)
    elif text.peek() == "[":
        for _ in text.members("[", "]"):
            if wanted and text.peek() == "{":
                yield text.take()
            else:
                yield from _value(text, keys, wanted=False, depth=depth + 1)
    else:
        text.take()


def _keys(text: "_Text") -> Iterator[str]:
    """Each key of the object that comes next; the caller takes its value before it asks for the next."""
    for _ in text.members("{", "}"):
        key = text.take()
        if not isinstance(key, str):
            raise BrokenJsonError(_NOT_JSON)
        text.expect(":")
        yield key


class _Text:
    """A window on the file's text, moved forward as values are taken."""

    def __init__(self, untrusted_file: Digesting) -> None:
        self._file = untrusted_file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder(parse_constant=_refuse)
        self._window, self._at, self._ended = "", 0, False

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            self._at = _end_of_space(self._window, self._at)
            if self._at < len(self._window) or not self._more():
                return self._window[self._at : self._at + 1]

    def expect(self, character: str) -> None:
        """Pass over this character. Raises BrokenJsonError where another comes."""
        found = self.peek()
        if found != character:
            raise BrokenJsonError(_NOT_JSON if found else _CUT_SHORT)
        self._at += 1

    def members(self, opening: str, closing: str) -> Iterator[None]:
        """Once for each member of an object or array; the caller takes the member before it asks for the next."""
        self.expect(opening)
        if self.peek() != closing:
            yield
            while self.peek() == ",":
                self.expect(",")
                yield
        self.expect(closing)

    def take(self) -> Any:  # noqa: ANN401 - a JSON value
        """The next value, whole. Raises BrokenJsonError."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._window, self._at)
            except (ValueError, RecursionError):
                end = -1
            if end >= 0 and (end < len(self._window) or self._ended):
                if _is_too_deep(value):  # how deep the library itself would go differs between Pythons
                    raise BrokenJsonError(_NOT_JSON)
                self._at = end
                return value
            if len(self._window) - self._at > _MOST_RECORD_CHARACTERS:
                raise BrokenJsonError(_NOT_JSON)
            if not self._more():
                if end < 0:
                    raise BrokenJsonError(_CUT_SHORT)
                self._ended = True

    def _more(self) -> bool:
        """Read another chunk; False at the end of the file."""
        data = self._file.read(_CHUNK_BYTES)
        try:
            text = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError:
            raise BrokenJsonError(_NOT_JSON) from None
        self._window = self._window[self._at :] + text
        self._at, self._ended = 0, not data
        return bool(data or text)


def _is_too_deep(value: object) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        within = (one.values() if isinstance(one, dict) else one for one in level)
        level = [inner for members in within for inner in members if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _end_of_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _refuse(_: str) -> NoReturn:
    raise ValueError
